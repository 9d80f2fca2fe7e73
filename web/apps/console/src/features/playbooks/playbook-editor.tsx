import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCircleCheck, IconCopy } from '@tabler/icons-react';
import type { PlaybookProblem, PlaybookText } from '@trunkline/client/console';
import { useRef, useState } from 'react';
import { plural } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { Backtest } from './backtest.tsx';
import css from './playbooks.module.css';
import { Problems } from './problems.tsx';
import { useCheck } from './use-check.ts';
import { YamlField } from './yaml-field.tsx';

/** The text, what is wrong with it as it stands, and what it would have done. Nothing here changes what is live. */
export function PlaybookEditor({ playbook }: { playbook: PlaybookText }) {
  const [yaml, setYaml] = useState(playbook.yaml);
  const field = useRef<HTMLTextAreaElement>(null);
  const check = useCheck(yaml, playbook.yaml);
  const isChanged = yaml !== playbook.yaml;
  const problems = check.problems ?? [];
  const go = ({ line, column }: PlaybookProblem) => {
    const lines = yaml.split('\n');
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const at = before + Math.max(0, column - 1);
    field.current?.focus();
    field.current?.setSelectionRange(at, before + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div className={css.editor}>
      <section className={css.text} aria-label="Text">
        <YamlField
          ref={field}
          value={yaml}
          onChange={setYaml}
          wrong={new Set(problems.map(({ line }) => line))}
        />
        <div className={css.acts}>
          <span role="status">
            {check.failure !== null ? (
              <State tone="warn">Not checked: {check.failure}</State>
            ) : check.problems === null ? (
              <span className={css.dim}>Checking…</span>
            ) : problems.length === 0 ? (
              <State tone="live" icon={<IconCircleCheck size={15} aria-hidden />}>
                {isChanged ? 'No mistakes' : 'As it is live'}
              </State>
            ) : (
              <State tone="danger">{plural(problems.length, 'mistake')}</State>
            )}
          </span>
          <CopyButton value={yaml}>
            {({ copied, copy }) => (
              <Button
                size="compact-sm"
                variant="default"
                onClick={copy}
                leftSection={
                  copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />
                }
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          {isChanged && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              onClick={() => setYaml(playbook.yaml)}
            >
              Back to what is live
            </Button>
          )}
        </div>
        {problems.length > 0 && <Problems problems={problems} onGo={go} />}
        {isChanged && (
          <p className={css.dim}>
            To make it live, save it as <code>{playbook.file}</code> in the folder of playbooks,
            with a higher version. Calls that began before keep the version they began with.
          </p>
        )}
      </section>
      <Backtest yaml={yaml} isWrong={problems.length > 0} />
    </div>
  );
}
