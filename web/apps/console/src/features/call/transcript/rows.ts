/** The transcript's rows in the page, for moving among them. Each carries `data-id` and `data-start`. */

export function rowOf(pane: HTMLElement | null, id: string): HTMLElement | null {
  return pane?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`) ?? null;
}

function rowsOf(pane: HTMLElement | null): HTMLElement[] {
  return pane === null ? [] : [...pane.querySelectorAll<HTMLElement>('[data-id]')];
}

/** The last row that begins at or before `ms`. */
export function rowAt(pane: HTMLElement | null, ms: number): HTMLElement | null {
  return rowsOf(pane).findLast((row) => (startOf(row) ?? 0) <= ms) ?? null;
}

/** The place on the call's timeline that an element stands for. */
export function startOf(element: Element | null): number | null {
  const start = element?.closest<HTMLElement>('[data-start]')?.dataset.start;
  return start === undefined ? null : Number(start);
}

/** Moves to the next or previous sentence; from nowhere, to the first one in sight. */
export function moveFocus(pane: HTMLElement | null, by: 1 | -1): void {
  const rows = rowsOf(pane);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? firstInSight(pane, rows) : rows[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

function firstInSight(pane: HTMLElement | null, rows: HTMLElement[]): HTMLElement | undefined {
  const top = Math.max(pane?.getBoundingClientRect().top ?? 0, 0);
  return rows.find((row) => row.getBoundingClientRect().top >= top) ?? rows[0];
}
