import { IconAlertTriangle } from '@tabler/icons-react';
import type { PlaybookProblem } from '@trunkline/client/console';
import { Prose } from '../../ui/prose.tsx';
import css from './playbooks.module.css';

interface ProblemsProps {
  problems: readonly PlaybookProblem[];
  /** Leads to the place, where it can be led to. */
  onGo?: (problem: PlaybookProblem) => void;
}

/** Mistakes of playbooks: where, under which key, what is wrong, and what would be right. */
export function Problems({ problems, onGo }: ProblemsProps) {
  return (
    <ul className={css.problems}>
      {problems.map((problem, at) => (
        <li key={at}>
          <IconAlertTriangle size={16} aria-hidden />
          <div>
            <p>
              {onGo ? (
                <button type="button" className={css.place} onClick={() => onGo(problem)}>
                  <Place problem={problem} />
                </button>
              ) : (
                <Place problem={problem} />
              )}{' '}
              <code>{problem.key}</code> <Prose text={problem.message} />
            </p>
            {problem.allowed.length > 0 && (
              <p className={css.dim}>
                Allowed:{' '}
                {problem.allowed.map((value) => (
                  <code key={value} className={css.allowed}>
                    {value}
                  </code>
                ))}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Place({ problem }: { problem: PlaybookProblem }) {
  const { file, line, column } = problem;
  return file === '' ? `Line ${line}:${column}` : `${file}:${line}:${column}`;
}
