import type { ReviewItem } from '@trunkline/client/console';
import { useEffect, useRef } from 'react';
import { clock } from '../../ui/format.ts';
import { When } from '../../ui/when.tsx';
import { MaskPill } from '../../ui/words.tsx';
import { keyOf } from './queue.ts';
import css from './review.module.css';
import { ruleName } from './rules.ts';

interface QueueListProps {
  items: ReviewItem[];
  chosen: ReviewItem;
  onChoose: (key: string) => void;
}

/** The findings that wait, oldest call first; those of one call stand together. */
export function QueueList({ items, chosen, onChoose }: QueueListProps) {
  const row = useRef<HTMLButtonElement>(null);
  const chosenKey = keyOf(chosen);
  useEffect(() => {
    row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosenKey]);
  return (
    <ol className={css.queue} aria-label="Findings">
      {items.map((item, index) => {
        const key = keyOf(item);
        const isFirstOfCall = items[index - 1]?.call.call_id !== item.call.call_id;
        return (
          <li key={key}>
            {isFirstOfCall && (
              <p className={css.of}>
                {item.call.customer ?? 'Unknown number'} · <When atMs={item.call.started_at_ms} />
              </p>
            )}
            <button
              type="button"
              ref={key === chosenKey ? row : null}
              className={css.row}
              aria-current={key === chosenKey || undefined}
              onClick={() => onChoose(key)}
            >
              <span className={css.at}>{clock(item.finding.from_ms)}</span>
              <span className={css.what}>
                {ruleName(item.finding.rule)}
                <small>{item.finding.reason}</small>
              </span>
              <MaskPill kind={item.finding.entity} />
            </button>
          </li>
        );
      })}
    </ol>
  );
}
