import type { ReactNode } from 'react';
import css from './ui.module.css';

export type Tone = 'live' | 'calm' | 'warn' | 'danger';

interface StateProps {
  tone: Tone;
  icon?: ReactNode;
  children: ReactNode;
  title?: string;
}

/** A short state in words; colour and icon only repeat them. */
export function State({ tone, icon, children, title }: StateProps) {
  return (
    <span className={css.state} data-tone={tone} title={title}>
      {icon}
      {children}
    </span>
  );
}
