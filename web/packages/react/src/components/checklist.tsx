import type { ChecklistEntry, ItemState } from '@trunkline/client';
import type { ReactNode } from 'react';

export interface ChecklistProps {
  entries: readonly ChecklistEntry[];
  /** Given, each item is a checkbox. */
  onCheck?: (entry: ChecklistEntry, done: boolean) => void;
  /** What stands beside a ticked item: the sentence that ticked it. */
  quote?: (utterance: string) => ReactNode;
  /** Given, the sentence is a button. */
  onQuote?: (utterance: string) => void;
}

const STATES: Record<ItemState, string> = { open: 'to do', done: 'done', missed: 'missed' };

/** What is to be said or done, with what ticked it. */
export function Checklist({ entries, onCheck, quote, onQuote }: ChecklistProps) {
  const done = entries.filter((entry) => entry.state === 'done').length;
  return (
    <section className="tl-checklist" aria-label={`Checklist, ${done} of ${entries.length} done`}>
      <ul>
        {entries.map((entry) => (
          <li key={`${entry.playbook}/${entry.item}`} data-state={entry.state}>
            <label>
              <input
                type="checkbox"
                checked={entry.state === 'done'}
                disabled={onCheck === undefined}
                onChange={(change) => onCheck?.(entry, change.currentTarget.checked)}
              />
              <span className="tl-item-title">{entry.title}</span>
              <span className="tl-item-state">
                {entry.required && entry.state !== 'done' ? 'required, ' : ''}
                {STATES[entry.state]}
              </span>
            </label>
            {entry.utterance && <Quote utterance={entry.utterance} {...{ quote, onQuote }} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface QuoteProps {
  utterance: string;
  quote: ChecklistProps['quote'];
  onQuote: ChecklistProps['onQuote'];
}

function Quote({ utterance, quote, onQuote }: QuoteProps) {
  const words = quote?.(utterance) ?? null;
  if (words === null) return null;
  if (onQuote === undefined) return <q className="tl-quote">{words}</q>;
  return (
    <button type="button" className="tl-quote tl-link" onClick={() => onQuote(utterance)}>
      {words}
    </button>
  );
}
