import { Button } from '@mantine/core';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import { useClient, useConnection } from '../app/client-context.ts';
import { timeOfDay } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import css from './shell.module.css';

/** A drop shorter than this heals itself before anyone should have to read about it. */
const GRACE_MS = 1500;
/** The server tries again each second by itself; what passes soon is not worth a word either. */
const STUCK_GRACE_MS = 5000;

/** Says that news stopped, since when, what still holds, and when the next try is. */
export function ConnectionBanner() {
  const client = useClient();
  const connection = useConnection();
  const nowMs = useNow();
  if (connection.state === 'open' && connection.stuckSinceMs !== null)
    return nowMs - connection.stuckSinceMs < STUCK_GRACE_MS ? null : (
      <Stuck sinceMs={connection.stuckSinceMs} />
    );
  if (connection.state !== 'lost' || nowMs - connection.sinceMs < GRACE_MS) return null;
  const waitS = Math.ceil((connection.retryAtMs - nowMs) / 1000);
  return (
    <div className={css.banner} role="status">
      <IconPlugConnectedX size={18} aria-hidden />
      <p>
        <strong>No news since {timeOfDay(connection.sinceMs)}.</strong> The connection to the server
        is lost. Calls in Connect go on; this page shows what was known then and will catch up
        without a gap. {waitS > 0 ? `Next try in ${waitS} s.` : 'Trying now.'}
      </p>
      <Button size="compact-sm" variant="default" onClick={() => client.retryNow()}>
        Try now
      </Button>
    </div>
  );
}

function Stuck({ sinceMs }: { sinceMs: number }) {
  return (
    <div className={css.banner} role="status">
      <IconAlertTriangle size={18} aria-hidden />
      <p>
        <strong>No news since {timeOfDay(sinceMs)}.</strong> The server cannot read its log; its own
        log says why. Calls in Connect go on; this page shows what was known then and will catch up
        without a gap.
      </p>
    </div>
  );
}
