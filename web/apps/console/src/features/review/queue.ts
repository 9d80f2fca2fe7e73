import type {
  ReviewAction,
  ReviewItem,
  TranscriptUtterance,
  TranscriptWord,
} from '@trunkline/client/console';

/** Names a finding among those of all calls. */
export function keyOf(item: ReviewItem): string {
  return `${item.call.call_id}/${item.finding.id}`;
}

/** The finding after or before the one of `key`; the first when that is gone. Stops at both ends. */
export function neighbour(items: ReviewItem[], key: string | null, step: 1 | -1): string | null {
  const at = items.findIndex((item) => keyOf(item) === key);
  if (at < 0) return items[0] === undefined ? null : keyOf(items[0]);
  const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
  return next === undefined ? null : keyOf(next);
}

/** A part of an utterance's words: first and last, both within. */
export interface WordRange {
  from: number;
  to: number;
}

/** The words of a finding within its utterance; null when it has none there. */
export function wordsOf(item: ReviewItem, utterance: TranscriptUtterance): WordRange | null {
  const { from_ms, to_ms, utterance: id } = item.finding;
  if (id != null && id !== utterance.id) return null;
  if (item.finding.channel !== utterance.channel) return null;
  const within = (word: TranscriptWord) => word.start_ms < to_ms && word.end_ms > from_ms;
  const from = utterance.words.findIndex(within);
  if (from < 0) return null;
  return { from, to: utterance.words.findLastIndex(within) };
}

/** More or fewer words to mask, never fewer than were found. */
export function widened(
  found: WordRange,
  now: WordRange,
  side: 'from' | 'to',
  step: 1 | -1,
  count: number,
): WordRange {
  if (side === 'from') return { ...now, from: Math.min(found.from, Math.max(0, now.from + step)) };
  return { ...now, to: Math.max(found.to, Math.min(count - 1, now.to + step)) };
}

/** Who has said the same already, and how many more have to. */
export function votesFor(item: ReviewItem, action: ReviewAction): { by: string[]; needed: number } {
  const by = item.decisions.filter((one) => one.action === action).map((one) => one.by);
  return { by: [...new Set(by)], needed: item.people[action] };
}
