import type { CallListView } from '@trunkline/client/console';
import { liveCalls } from '@trunkline/client/console';
import { Link } from 'react-router';
import { clock, shortName } from '../../ui/format.ts';
import { PlaceCall } from '../../ui/place-call.tsx';
import { useNow } from '../../ui/use-now.ts';
import { deskPath } from './desk-path.ts';
import css from './desk.module.css';

/** Nobody said whose desk it is: its reader picks a call. */
export function ChooseCall({ calls, search }: { calls: CallListView; search: string }) {
  const nowMs = useNow();
  const live = liveCalls(calls);
  if (live.length === 0)
    return (
      <section className={css.waiting}>
        <h1>No calls now</h1>
        <p>A call appears here with its first sound.</p>
        <PlaceCall />
      </section>
    );
  return (
    <section className={css.waiting}>
      <h1>Which call is yours?</h1>
      <ul className={css.choices}>
        {live.map((call) => (
          <li key={call.call_id}>
            <Link to={deskPath(call.call_id, search)}>
              <strong>{call.customer ?? 'Unknown number'}</strong>
              <span>{call.agent ? shortName(call.agent) : 'No agent yet'}</span>
              <span>{call.queue ?? 'No queue'}</span>
              <span>{clock(nowMs - call.started_at_ms)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className={css.dim}>
        With <code>?agent=</code> and an agent&rsquo;s id in its address this page finds that
        agent&rsquo;s calls by itself.
      </p>
    </section>
  );
}
