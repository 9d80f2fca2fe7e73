import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

/** Typing settles for this long before it is written to the address. */
const SETTLE_MS = 250;

/**
 * A text that the address keeps. What is typed shows at once and reaches the address a little later; an
 * address that changes otherwise (a link, back) wins over what was typed.
 */
export function useAddressParam(name: string): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const address = params.get(name) ?? '';
  const [typed, setTyped] = useState({ value: address, seen: address, written: address });
  if (typed.seen !== address) {
    const isOurs = address === typed.written;
    setTyped(
      isOurs ? { ...typed, seen: address } : { value: address, seen: address, written: address },
    );
  }
  const { value, written } = typed;
  useEffect(() => {
    if (value === written) return;
    const timer = setTimeout(() => {
      setTyped((before) => ({ ...before, written: value }));
      setParams((before) => withParam(before, name, value), { replace: true });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [name, value, written, setParams]);
  return [value, (next) => setTyped((before) => ({ ...before, value: next }))];
}

function withParam(params: URLSearchParams, name: string, value: string): URLSearchParams {
  if (value === '') params.delete(name);
  else params.set(name, value);
  return params;
}
