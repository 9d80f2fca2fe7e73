import type { ShownUtterance } from '@trunkline/client';
import { useEffect, useRef } from 'react';
import { callTime, Words } from './words.tsx';

export interface TranscriptProps {
  utterances: readonly ShownUtterance[];
  /** The sentence to bring into view and to mark. */
  selected?: string | null;
  /** What each speaker is called. */
  names?: Partial<Record<ShownUtterance['participant'], string>>;
}

/** This near to the end, the reader is taken to read along. */
const NEAR_PX = 48;

/** What was said, newest last. Follows the end while the reader is there; leaves them where they scroll. */
export function Transcript({ utterances, selected = null, names = {} }: TranscriptProps) {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (box !== null && isAtEnd.current) box.scrollTop = box.scrollHeight;
  }, [utterances]);
  useEffect(() => {
    if (selected === null) return;
    const rows = list.current?.querySelectorAll<HTMLElement>('[data-id]') ?? [];
    for (const row of rows)
      if (row.dataset.id === selected) row.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <ol
      className="tl-transcript"
      ref={list}
      aria-label="Transcript"
      tabIndex={0}
      onScroll={({ currentTarget: box }) => {
        isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      }}
    >
      {utterances.map((utterance) => (
        <li
          key={utterance.id}
          data-id={utterance.id}
          data-participant={utterance.participant}
          data-partial={!utterance.settled || undefined}
          data-selected={utterance.id === selected || undefined}
        >
          <span className="tl-when">{callTime(utterance.start_ms)}</span>
          <span className="tl-who">{names[utterance.participant] ?? utterance.participant}</span>
          <Words utterance={utterance} />
        </li>
      ))}
    </ol>
  );
}
