import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { timeOfDay } from './format.ts';
import css from './ui.module.css';

export interface BrokenProps {
  /** What cannot be shown. */
  what: string;
  error: Error;
  sinceMs: number | null;
  /** What still works. */
  children?: ReactNode;
}

/** What broke, since when, and what still works. The page asks again by itself. */
export function Broken({ what, error, sinceMs, children }: BrokenProps) {
  return (
    <section className={css.notice} role="alert">
      <h1>
        <IconAlertTriangle size={20} aria-hidden className={css.warnIcon} /> {what}
      </h1>
      <p>
        {error.message}
        {sinceMs === null ? '.' : `, since ${timeOfDay(sinceMs)}.`} This page keeps trying.
      </p>
      {children}
    </section>
  );
}
