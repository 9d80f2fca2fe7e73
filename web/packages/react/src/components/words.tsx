import type { TranscriptUtterance } from '@trunkline/client';

/** The words of one sentence as text; what was masked stands as `[card]`, in an element of its own. */
export function Words({ utterance }: { utterance: Pick<TranscriptUtterance, 'words'> }) {
  return (
    <span className="tl-words">
      {utterance.words.map((word, index) => (
        <span key={index}>
          {index > 0 && ' '}
          {word.masked ? (
            <span className="tl-mask">[{word.masked.replaceAll('_', ' ')}]</span>
          ) : (
            word.text
          )}
        </span>
      ))}
    </span>
  );
}

/** The same as one string, for a copy or a label. */
export function plainWords(utterance: Pick<TranscriptUtterance, 'words'>): string {
  return utterance.words
    .map((word) => (word.masked ? `[${word.masked.replaceAll('_', ' ')}]` : word.text))
    .join(' ');
}

/** A time of the call as `m:ss`, or `h:mm:ss` from an hour on. */
export function callTime(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
