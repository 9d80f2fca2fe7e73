import type { Hint } from '@trunkline/client';
import { useEffect } from 'react';
import { useEffectEvent } from './effect-event.ts';

/** What keys do at a desk. */
export interface DeskKeys {
  hint: Hint | null;
  onExpand: () => void;
  onMute: () => void;
  onTranscript: () => void;
  onSearch: () => void;
}

/** Keys of the whole page, but not where somebody types, nor with a modifier. They move no focus but to the search. */
export function useDeskKeys(isOn: boolean, keys: DeskKeys): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = isTyping(event.target) ? undefined : actOf(event, keys);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    if (!isOn) return;
    const listener = (event: KeyboardEvent) => handle(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [isOn]);
}

function actOf(event: KeyboardEvent, keys: DeskKeys): (() => void) | undefined {
  const { hint } = keys;
  switch (event.key) {
    case 'Enter':
      // On a button it presses that.
      return hint === null || isPressed(event.target) ? undefined : () => void hint.accept();
    case 'a':
      return hint === null ? undefined : () => void hint.accept();
    case 'Escape':
    case 'n':
      return hint === null ? undefined : () => void hint.dismiss();
    case 'e':
      return hint === null ? undefined : keys.onExpand;
    case 'm':
      return keys.onMute;
    case 't':
      return keys.onTranscript;
    case '/':
      return keys.onSearch;
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
  );
}

function isPressed(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, input') !== null;
}
