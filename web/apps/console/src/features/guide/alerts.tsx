import {
  IconAlertTriangle,
  IconClockPause,
  IconMessages,
  IconMoodSad,
  IconShieldExclamation,
  IconVolumeOff,
} from '@tabler/icons-react';
import type { AlertKind, AlertRaised } from '@trunkline/client/console';
import { clock } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import css from './guide.module.css';
import { alertOn } from './hints.ts';

const ICONS: Partial<Record<string, typeof IconMoodSad>> = {
  compliance: IconShieldExclamation,
  sentiment: IconMoodSad,
  silence: IconVolumeOff,
  talk_over: IconMessages,
  hold: IconClockPause,
} satisfies Partial<Record<AlertKind, typeof IconMoodSad>>;

type Shown = Pick<AlertRaised, 'kind' | 'severity' | 'title' | 'at_ms'>;

function AlertIcon({ kind }: { kind: AlertKind }) {
  const Icon = ICONS[kind] ?? IconAlertTriangle;
  return <Icon size={15} aria-hidden />;
}

/** An alert as a pill: its icon and its words; only what is critical is red. */
export function AlertPill({ alert }: { alert: Shown }) {
  return (
    <State
      tone={alert.severity === 'critical' ? 'danger' : 'warn'}
      icon={<AlertIcon kind={alert.kind} />}
      title={`Since ${clock(alert.at_ms)}`}
    >
      {alert.title}
    </State>
  );
}

/** One line for the most urgent alert. */
export function AlertLine({ alerts }: { alerts: readonly AlertRaised[] }) {
  const on = alertOn(alerts);
  if (on === null) return null;
  const { alert, more } = on;
  return (
    <p className={css.alert} data-severity={alert.severity}>
      <AlertIcon kind={alert.kind} />
      <strong>{alert.title}</strong>
      {more > 0 && <span>and {more} more</span>}
    </p>
  );
}
