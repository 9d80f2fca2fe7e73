import { VisuallyHidden } from '@mantine/core';
import type { Match, ShownUtterance, TranscriptWord } from '@trunkline/client/console';
import { memo } from 'react';
import { clock, speakerName } from '../../../ui/format.ts';
import { MaskPill } from '../../../ui/words.tsx';
import css from './transcript.module.css';

export interface UtteranceRowProps {
  utterance: ShownUtterance;
  isContinued: boolean;
  agent: string | null;
  /** The word that is heard now. */
  spokenWord: number | null;
  found: readonly Match[] | undefined;
  foundNow: Match | null;
}

/** One sentence. The same row from its first partial on, so that words settle where they stand. */
export const UtteranceRow = memo(function UtteranceRow(props: UtteranceRowProps) {
  const { utterance, isContinued, agent, spokenWord, found, foundNow } = props;
  const speaker = speakerName(utterance.participant, agent);
  return (
    <li
      className={css.row}
      data-id={utterance.id}
      data-start={utterance.start_ms}
      data-channel={utterance.channel}
      data-partial={!utterance.settled || undefined}
      data-spoken={spokenWord !== null || undefined}
      tabIndex={-1}
    >
      <button
        type="button"
        tabIndex={-1}
        className={css.time}
        data-start={utterance.start_ms}
        data-plays
      >
        {clock(utterance.start_ms)}
      </button>
      <span className={css.speaker}>
        {isContinued ? <VisuallyHidden>{speaker}</VisuallyHidden> : speaker}
      </span>
      <p className={css.text}>
        {utterance.words.map((word, index) => (
          <Word
            key={index}
            word={word}
            isFirst={index === 0}
            isSpoken={index === spokenWord}
            mark={markOf(index, found, foundNow)}
          />
        ))}
        {utterance.revised !== null && (
          <span
            className={css.revised}
            title={`Masked later: ${utterance.revised.replaceAll('_', ' ')}`}
          >
            {' '}
            masked later
          </span>
        )}
      </p>
    </li>
  );
});

type Mark = 'found' | 'now' | null;

function markOf(index: number, found: readonly Match[] | undefined, now: Match | null): Mark {
  const covers = (match: Match) => match.fromWord <= index && index <= match.toWord;
  if (now !== null && covers(now)) return 'now';
  return found?.some(covers) ? 'found' : null;
}

interface WordProps {
  word: TranscriptWord;
  isFirst: boolean;
  isSpoken: boolean;
  mark: Mark;
}

function Word({ word, isFirst, isSpoken, mark }: WordProps) {
  return (
    <>
      {!isFirst && ' '}
      <span
        className={css.word}
        data-start={word.start_ms}
        data-plays
        data-now={isSpoken || undefined}
        data-mark={mark ?? undefined}
      >
        {word.masked ? <MaskPill kind={word.masked} /> : word.text}
      </span>
    </>
  );
}
