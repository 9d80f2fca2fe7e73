/** A key is kept as long as the tab, and no longer. */
const NAME = 'trunkline:key';

export function keptKey(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

export function keepKey(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // A page that may keep nothing asks again after a reload.
  }
}
