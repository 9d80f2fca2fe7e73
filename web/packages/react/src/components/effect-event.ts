import { useCallback, useEffect, useRef } from 'react';

/** A function for effects that always does what the last render says. React 18 has none of its own. */
export function useEffectEvent<A extends unknown[]>(act: (...args: A) => void) {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
