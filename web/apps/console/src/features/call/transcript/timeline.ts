import type { Channel, Gap, GapCause, HoldSpan, ShownUtterance } from '@trunkline/client/console';
import { groupBy } from '../../../ui/group-by.ts';

/** A stretch without sound; `channels` has both when both lack the same stretch. */
export interface GapItem {
  type: 'gap';
  id: string;
  atMs: number;
  toMs: number;
  channels: Channel[];
  cause: GapCause;
}

export interface HoldItem {
  type: 'hold';
  id: string;
  atMs: number;
  toMs: number | null;
}

export interface UtteranceItem {
  type: 'utterance';
  id: string;
  atMs: number;
  utterance: ShownUtterance;
  /** The same speaker as the line above: the name need not be repeated. */
  isContinued: boolean;
}

export type Item = UtteranceItem | GapItem | HoldItem;

/** Everything the transcript shows, by when it begins on the call's timeline. */
export function timelineOf(
  utterances: readonly ShownUtterance[],
  gaps: readonly Gap[],
  holds: readonly HoldSpan[],
): Item[] {
  const spoken = utterances.map((utterance): Item => ({
    type: 'utterance',
    id: utterance.id,
    atMs: utterance.start_ms,
    utterance,
    isContinued: false,
  }));
  const held = holds.map((hold): Item => ({
    type: 'hold',
    id: `hold-${hold.from_ms}`,
    atMs: hold.from_ms,
    toMs: hold.to_ms ?? null,
  }));
  const items = [...spoken, ...joined(gaps), ...held].sort((a, b) => a.atMs - b.atMs);
  return items.map((item, index) => continued(item, items[index - 1]));
}

function joined(gaps: readonly Gap[]): GapItem[] {
  const bySpan = groupBy(gaps, (gap) => `gap-${gap.from_ms}-${gap.to_ms}-${gap.cause}`);
  return [...bySpan].flatMap(([id, same]) => {
    const first = same[0];
    if (first === undefined) return [];
    const channels = [...new Set(same.map((gap) => gap.channel))];
    return [
      { type: 'gap', id, atMs: first.from_ms, toMs: first.to_ms, channels, cause: first.cause },
    ];
  });
}

function continued(item: Item, before: Item | undefined): Item {
  if (item.type !== 'utterance' || before?.type !== 'utterance') return item;
  return before.utterance.participant === item.utterance.participant
    ? { ...item, isContinued: true }
    : item;
}

/** The word that is spoken at `ms`, as `utterance id:index`; the later speaker wins where two speak. */
export function spokenAt(items: readonly Item[], ms: number): string | null {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item?.type !== 'utterance' || item.atMs > ms || item.utterance.end_ms <= ms) continue;
    const word = item.utterance.words.findLastIndex(({ start_ms }) => start_ms <= ms);
    return `${item.id}:${Math.max(word, 0)}`;
  }
  return null;
}
