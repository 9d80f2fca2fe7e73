import { useEffect, useEffectEvent } from 'react';
import { KeyReader } from './key-reader.ts';

/** Binds keys for as long as the caller is shown. A name is a key (`/`) or two in a row (`g l`). */
export function useKeys(actions: Record<string, () => void>): void {
  const act = useEffectEvent((name: string) => {
    actions[name]?.();
  });
  const isBound = useEffectEvent((name: string) => name in actions);
  useEffect(() => {
    const reader = new KeyReader();
    const handle = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isForPage(event)) return;
      const name = reader.read(event.key, event.timeStamp, isBound);
      if (name === null) return;
      event.preventDefault();
      act(name);
    };
    document.addEventListener('keydown', handle);
    return () => document.removeEventListener('keydown', handle);
  }, []);
}

/** Keys that a field, a control or the browser wants are theirs. */
function isForPage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return true;
  if (target.closest('input, textarea, select, [contenteditable], [role=dialog]')) return false;
  const isPress = event.key === ' ' || event.key === 'Enter';
  return !(isPress && target.closest('button, a, [role=button], [role=tab], [role=menuitem]'));
}
