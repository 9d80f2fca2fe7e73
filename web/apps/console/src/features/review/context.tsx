import type { ReviewItem, TranscriptUtterance } from '@trunkline/client/console';
import { clock, maskName, speakerName } from '../../ui/format.ts';
import { MaskPill } from '../../ui/words.tsx';
import type { WordRange } from './queue.ts';
import { wordsOf } from './queue.ts';
import css from './review.module.css';

interface ContextProps {
  item: ReviewItem;
  /** Which words would be masked. */
  chosen: WordRange | null;
  /** The sentences as they stand in the log, once somebody looked. */
  seen: TranscriptUtterance[] | null;
}

/** What was said around the finding. What was found is hidden until somebody looks. */
export function Context({ item, chosen, seen }: ContextProps) {
  const shown = seen ?? item.context;
  if (shown.length === 0)
    return <p className={css.noWords}>No words were recognised here. Hear it before you decide.</p>;
  return (
    <ol className={css.context} aria-label="What was said around it">
      {shown.map((utterance) => {
        const isFound = wordsOf(item, utterance) !== null;
        return (
          <li key={utterance.id} data-found={isFound || undefined}>
            <span className={css.at}>{clock(utterance.start_ms)}</span>
            <span className={css.speaker}>
              {speakerName(utterance.participant, item.call.agent ?? null)}
            </span>
            <p>
              {utterance.words.map((word, index) => (
                <span key={index}>
                  {index > 0 && ' '}
                  <span
                    className={css.word}
                    data-chosen={
                      (isFound && chosen !== null && chosen.from <= index && index <= chosen.to) ||
                      undefined
                    }
                    title={word.masked ? `${maskName(word.masked)}, masked` : undefined}
                  >
                    {word.masked ? <MaskPill kind={word.masked} /> : word.text}
                  </span>
                </span>
              ))}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
