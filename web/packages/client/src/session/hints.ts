import type { GuidanceView, HintOutcome, HintRecord, HintShown } from '@trunkline/api-types';
import type { Readable } from '../observable.ts';
import { derived } from '../observable.ts';
import type { Acts } from './acts.ts';

/** A card, and what a person does with it. What comes of an act is an event; each act says whether it was taken. */
export interface Hint extends HintShown {
  /** It stands on the screen now. Told once, however often called. */
  shown: () => void;
  expand: () => Promise<boolean>;
  accept: () => Promise<boolean>;
  dismiss: () => Promise<boolean>;
}

/** The cards of a session: `value` is the one on show. */
export interface Hints extends Readable<Hint | null> {
  /** Calls back with each card that comes on show, the present one included. */
  onHint: (callback: (hint: Hint) => void) => () => void;
  /** The last cards with what became of them. */
  readonly all: Readable<readonly HintRecord[]>;
  readonly muted: Readable<boolean>;
  mute: (muted: boolean) => Promise<boolean>;
}

export function hintsOf(
  guidance: Readable<GuidanceView>,
  acts: Acts,
  onShown: (hint: HintShown) => void,
): Hints {
  const bind = binder(acts, onShown);
  const current = derived(guidance, (view) => bind(view.hint));
  return {
    get value() {
      return current.value;
    },
    subscribe: current.subscribe,
    onHint: (callback) => {
      let last: string | null = null;
      const tell = (hint: Hint | null) => {
        if (hint === null || hint.id === last) return;
        last = hint.id;
        callback(hint);
      };
      tell(current.value);
      return current.subscribe(tell);
    },
    all: derived(guidance, (view) => view.hints),
    muted: derived(guidance, (view) => view.muted),
    mute: (muted) => acts.send({ type: 'mute', data: { muted } }),
  };
}

/** Gives the same object for the same card. */
function binder(acts: Acts, onShown: (hint: HintShown) => void) {
  let last: Hint | null = null;
  return (hint: HintShown | null): Hint | null => {
    if (hint === null) return null;
    if (last?.id === hint.id) return last;
    const done: Partial<Record<HintOutcome, Promise<boolean>>> = {};
    let isShown = false;
    // Twice the same is once.
    const tell = (outcome: HintOutcome) =>
      (done[outcome] ??= acts.send({ type: 'hint', data: { id: hint.id, outcome } }));
    last = {
      ...hint,
      shown: () => {
        if (!isShown) onShown(hint);
        isShown = true;
      },
      expand: () => tell('expanded'),
      accept: () => tell('accepted'),
      dismiss: () => tell('dismissed'),
    };
    return last;
  };
}
