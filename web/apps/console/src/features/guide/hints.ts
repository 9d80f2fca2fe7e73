import type {
  AlertRaised,
  GuidanceView,
  HintKind,
  HintOutcome,
  HintRecord,
  HintShown,
} from '@trunkline/client/console';

/** A card outlives its time by so much when nobody says that it is over: the server's word may be late. */
const OVERDUE_MS = 10_000;

/** Which card a desk shows: the one that guidance gives now, or one of those before it, picked by its reader. */
export interface ShownCard {
  hint: HintShown;
  /** Not the one that guidance gives now. */
  isEarlier: boolean;
}

/**
 * The card to show. `back` counts how many cards the reader went back; 0 is what guidance gives now. A card that
 * the reader has just put away is gone before the server says so.
 */
export function cardOn(
  guidance: GuidanceView,
  putAway: ReadonlySet<string>,
  back: number,
  callMs: number,
): ShownCard | null {
  const now = cardNow(guidance, putAway, callMs);
  if (back > 0) {
    const earlier = earlierCards(guidance, now);
    const hint = earlier[Math.min(back, earlier.length) - 1];
    if (hint !== undefined) return { hint, isEarlier: true };
  }
  return now === null ? null : { hint: now, isEarlier: false };
}

/** Cards before the one on show, the last first. */
export function earlierCards(guidance: GuidanceView, now: HintShown | null): HintRecord[] {
  return guidance.hints.filter((hint) => hint.id !== now?.id).toReversed();
}

function cardNow(
  { hint }: GuidanceView,
  putAway: ReadonlySet<string>,
  callMs: number,
): HintShown | null {
  if (hint === null || putAway.has(hint.id)) return null;
  return callMs > hint.at_ms + hint.life_ms + OVERDUE_MS ? null : hint;
}

/** How much of a card's life is left, 1 to 0. */
export function lifeLeft(hint: HintShown, callMs: number): number {
  if (hint.life_ms <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (callMs - hint.at_ms) / hint.life_ms));
}

/** The one alert to show, the most urgent and then the newest, and how many more are open. */
export function alertOn(
  alerts: readonly AlertRaised[],
): { alert: AlertRaised; more: number } | null {
  const urgent = alerts.filter((alert) => alert.severity === 'critical');
  const alert = (urgent.length > 0 ? urgent : alerts).at(-1);
  return alert === undefined ? null : { alert, more: alerts.length - 1 };
}

const KINDS: Record<HintKind, string> = {
  standard: 'Suggestion',
  knowledge: 'From the documents',
  workflow: 'Next step',
  compliance: 'Must be said',
};

export function kindName(kind: HintKind): string {
  return (KINDS as Partial<Record<string, string>>)[kind] ?? 'Suggestion';
}

const OUTCOMES: Record<HintOutcome, string> = {
  expanded: 'looked at',
  accepted: 'used',
  dismissed: 'dismissed',
  said: 'said',
  expired: 'not used',
  withdrawn: 'passed',
};

/** What became of a card in the end, in a word. */
export function outcomeName({ outcomes }: HintRecord): string | null {
  const names = outcomes.map(({ outcome }) => outcome);
  const last = (
    ['said', 'accepted', 'dismissed', 'withdrawn', 'expired', 'expanded'] as const
  ).find((one) => names.includes(one));
  return last === undefined ? null : OUTCOMES[last];
}
