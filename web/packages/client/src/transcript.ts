import type { TranscriptUtterance } from '@trunkline/api-types';

/** An utterance as shown: `settled` once its words stay; `revised` names the rule that masked it later. */
export interface ShownUtterance extends TranscriptUtterance {
  settled: boolean;
  revised: string | null;
}

/**
 * The utterances of a call. `byId` also keeps settled ones without words, so that a partial that comes
 * late cannot bring them back; `order` holds the ids of those with words, by start of speech.
 */
export interface TranscriptView {
  byId: ReadonlyMap<string, ShownUtterance>;
  order: readonly string[];
}

export const emptyTranscript: TranscriptView = { byId: new Map(), order: [] };

/** Words so far: replaces an older partial of the same utterance, never a settled one. */
export function withPartial(view: TranscriptView, partial: TranscriptUtterance): TranscriptView {
  const known = view.byId.get(partial.id);
  if (known && (known.settled || known.revision >= partial.revision)) return view;
  return put(view, { ...partial, settled: false, revised: null });
}

/** Words as they stay, unless a later revision came first. */
export function withSettled(
  view: TranscriptView,
  utterance: TranscriptUtterance,
  revised: string | null = null,
): TranscriptView {
  const known = view.byId.get(utterance.id);
  if (known?.settled && known.revision >= utterance.revision) return view;
  return put(view, { ...utterance, settled: true, revised });
}

/** After the last event no partial can settle any more. */
export function withoutPartials(view: TranscriptView): TranscriptView {
  const settled = [...view.byId].filter(([, utterance]) => utterance.settled);
  if (settled.length === view.byId.size) return view;
  const byId = new Map(settled);
  return { byId, order: view.order.filter((id) => byId.has(id)) };
}

/** The shown utterances in order. */
export function shownUtterances(view: TranscriptView): ShownUtterance[] {
  return view.order.flatMap((id) => view.byId.get(id) ?? []);
}

function put(view: TranscriptView, utterance: ShownUtterance): TranscriptView {
  const known = view.byId.get(utterance.id);
  const byId = new Map(view.byId).set(utterance.id, utterance);
  const isShown = utterance.words.length > 0;
  const wasShown = known !== undefined && known.words.length > 0;
  if (isShown && wasShown && compare(known, utterance) === 0) return { byId, order: view.order };
  const order = view.order.filter((id) => id !== utterance.id);
  if (isShown) order.splice(placeOf(order, byId, utterance), 0, utterance.id);
  return { byId, order };
}

/** Searched from the end: nearly everything is newer than what is known. */
function placeOf(
  order: readonly string[],
  byId: ReadonlyMap<string, ShownUtterance>,
  utterance: ShownUtterance,
): number {
  let place = order.length;
  while (place > 0) {
    const before = byId.get(order[place - 1] ?? '');
    if (before === undefined || compare(before, utterance) <= 0) break;
    place -= 1;
  }
  return place;
}

function compare(a: TranscriptUtterance, b: TranscriptUtterance): number {
  return a.start_ms - b.start_ms || a.channel.localeCompare(b.channel) || a.id.localeCompare(b.id);
}
