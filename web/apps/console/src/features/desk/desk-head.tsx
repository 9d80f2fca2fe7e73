import { IconCircleCheck, IconPhone, IconPlayerPause } from '@tabler/icons-react';
import type { CallView } from '@trunkline/client/console';
import { isOnHold } from '@trunkline/client/console';
import { clock, endName } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useNow } from '../../ui/use-now.ts';
import css from './desk.module.css';

/** Who and why, how long, and whether they wait. */
export function DeskHead({ view }: { view: CallView }) {
  const { started, ended } = view;
  const callMs = useCallMs(view);
  const holdFromMs = view.holds.at(-1)?.from_ms ?? 0;
  return (
    <header className={css.head}>
      <h1>{started?.customer ?? 'Unknown number'}</h1>
      <span className={css.why}>{started?.queue ?? 'No queue'}</span>
      <span className={css.states}>
        {ended !== null ? (
          <State
            tone="calm"
            icon={<IconCircleCheck size={15} aria-hidden />}
            title={endName(ended.reason)}
          >
            Ended
          </State>
        ) : isOnHold(view) ? (
          <State tone="warn" icon={<IconPlayerPause size={15} aria-hidden />}>
            On hold {clock(callMs - holdFromMs)}
          </State>
        ) : (
          <State tone="live" icon={<IconPhone size={15} aria-hidden />}>
            Live
          </State>
        )}
        <span className={css.length}>{clock(callMs)}</span>
      </span>
    </header>
  );
}

/** Where the call is on its own timeline; ticks once a second. */
export function useCallMs(view: CallView): number {
  const nowMs = useNow();
  const { started, ended, mediaMs } = view;
  if (ended !== null) return ended.duration_ms;
  return started === null ? mediaMs : Math.max(nowMs - started.started_at_ms, mediaMs);
}
