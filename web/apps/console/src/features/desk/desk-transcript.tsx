import { Button, Kbd } from '@mantine/core';
import type { ShownUtterance } from '@trunkline/client/console';
import { useEffect, useRef } from 'react';
import { clock, shortName, speakerName } from '../../ui/format.ts';
import { Sentence } from '../../ui/words.tsx';
import css from './desk.module.css';

interface DeskTranscriptProps {
  utterances: readonly ShownUtterance[];
  agent: string | null;
  /** Hidden, shown at its end, or shown at one sentence. */
  shown: string | boolean;
  onToggle: () => void;
}

/** All that was said, behind one key. */
export function DeskTranscript({ utterances, agent, shown, onToggle }: DeskTranscriptProps) {
  const list = useRef<HTMLOListElement>(null);
  const isShown = shown !== false;
  const count = utterances.length;
  // New words move the list alone: what the agent reads above it stays where it is.
  useEffect(() => {
    const box = list.current;
    if (box === null) return;
    const wanted = typeof shown === 'string' ? rowOf(box, shown) : box.lastElementChild;
    if (wanted instanceof HTMLElement) box.scrollTop = wanted.offsetTop - box.offsetTop;
  }, [shown, count]);
  useEffect(() => {
    if (isShown) list.current?.scrollIntoView({ block: 'nearest' });
  }, [isShown, shown]);
  return (
    <section className={css.part}>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        aria-expanded={isShown}
        onClick={onToggle}
      >
        {isShown ? 'Hide the transcript' : 'Transcript'} <Kbd className={css.key}>t</Kbd>
      </Button>
      {isShown && (
        <ol ref={list} className={css.transcript} tabIndex={0} aria-label="Transcript">
          {utterances.map((utterance) => (
            <li
              key={utterance.id}
              data-id={utterance.id}
              data-partial={!utterance.settled || undefined}
              data-found={utterance.id === shown || undefined}
            >
              <span className={css.dim}>
                {clock(utterance.start_ms)}{' '}
                {speakerName(utterance.participant, agent === null ? null : shortName(agent))}
              </span>
              <p>
                <Sentence utterance={utterance} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function rowOf(box: HTMLElement, id: string): Element | null {
  return [...box.children].find((row) => row.getAttribute('data-id') === id) ?? null;
}
