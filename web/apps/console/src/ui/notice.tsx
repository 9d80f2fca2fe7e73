import type { ReactNode } from 'react';
import css from './ui.module.css';

/** A page or panel that has nothing to show: what that means, and what to do next. */
export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className={css.notice}>
      <h1>{title}</h1>
      {children}
    </section>
  );
}
