import { IconAlertTriangle, IconCircle, IconCircleCheckFilled } from '@tabler/icons-react';
import type { ChecklistEntry } from '@trunkline/client/console';
import { clock } from '../../ui/format.ts';
import css from './guide.module.css';

export interface ChecklistProps {
  entries: readonly ChecklistEntry[];
  /** What the utterance says, for the sentence that ticked an item. */
  sayOf: (utterance: string) => string | null;
  /** Ticks or unticks by hand; nobody may where there is none. */
  onCheck?: (entry: ChecklistEntry, isDone: boolean) => void;
  /** Leads to the sentence. */
  onShow: (utterance: string, atMs: number) => void;
}

/** What is to be said or done, and what ticked it. */
export function Checklist({ entries, sayOf, onCheck, onShow }: ChecklistProps) {
  return (
    <ul className={css.checklist}>
      {entries.map((entry) => (
        <li key={`${entry.playbook}/${entry.item}`} data-state={entry.state}>
          <Tick entry={entry} onCheck={onCheck} />
          <Ticker entry={entry} sayOf={sayOf} onShow={onShow} />
        </li>
      ))}
    </ul>
  );
}

/** How many are done, and what was missed. */
export function checklistCount(entries: readonly ChecklistEntry[]): string {
  const done = entries.filter((entry) => entry.state === 'done').length;
  return `${done}/${entries.length}`;
}

const WORDS: Record<ChecklistEntry['state'], string> = {
  open: 'to do',
  done: 'done',
  missed: 'not done in time',
};

function Tick({ entry, onCheck }: { entry: ChecklistEntry; onCheck: ChecklistProps['onCheck'] }) {
  const { state, title } = entry;
  const isDone = state === 'done';
  const body = (
    <>
      {isDone && <IconCircleCheckFilled size={18} className={css.tickDone} aria-hidden />}
      {state === 'open' && <IconCircle size={18} className={css.tickOpen} aria-hidden />}
      {state === 'missed' && <IconAlertTriangle size={18} className={css.tickMissed} aria-hidden />}
      <span>
        {title}
        {state === 'missed' && <span className={css.missed}> not yet, and late</span>}
      </span>
    </>
  );
  const label = `${title}: ${WORDS[state]}${entry.required ? ', required' : ''}`;
  if (onCheck === undefined)
    return (
      <span className={css.tick} role="img" aria-label={label}>
        {body}
      </span>
    );
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={isDone}
      aria-label={label}
      className={css.tick}
      onClick={() => onCheck(entry, !isDone)}
    >
      {body}
    </button>
  );
}

function Ticker({
  entry,
  sayOf,
  onShow,
}: Omit<ChecklistProps, 'entries'> & { entry: ChecklistEntry }) {
  const { state, utterance, at_ms: atMs } = entry;
  if (state !== 'done' || atMs == null) return null;
  if (utterance == null) return <span className={css.ticker}>by hand, {clock(atMs)}</span>;
  return (
    <button type="button" className={css.ticker} onClick={() => onShow(utterance, atMs)}>
      <span>{clock(atMs)}</span>
      <span className={css.quote}>{sayOf(utterance) ?? 'said'}</span>
    </button>
  );
}
