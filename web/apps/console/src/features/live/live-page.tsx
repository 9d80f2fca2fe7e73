import { Button, Skeleton } from '@mantine/core';
import type { CallListView } from '@trunkline/client/console';
import { useState } from 'react';
import { Link } from 'react-router';
import { useDocumentTitle } from '@mantine/hooks';
import { Broken } from '../../ui/broken.tsx';
import { plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { useNow } from '../../ui/use-now.ts';
import { PlaceCall } from '../../ui/place-call.tsx';
import { Prose } from '../../ui/prose.tsx';
import { boardOf } from './board.ts';
import { LiveRow } from './live-row.tsx';
import css from './live.module.css';
import { useLiveCalls } from './use-live-calls.ts';

export function LivePage() {
  const { value, error, brokenSinceMs } = useLiveCalls();
  useDocumentTitle('Live · Trunkline');
  if (value !== null) return <LiveBoard view={value} />;
  if (error === null) return <LoadingBoard />;
  return (
    <Broken what="The live calls cannot be read" error={error} sinceMs={brokenSinceMs}>
      <p>
        <Prose text="Calls go on without this page. `trunkline doctor` says what is wrong here." />
      </p>
    </Broken>
  );
}

function LiveBoard({ view }: { view: CallListView }) {
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const nowMs = useNow();
  const { rows, waiting, isOtherwise } = boardOf(view, held, nowMs);
  if (rows.length === 0 && waiting === 0) return <NoCalls />;
  const hold = () => setHeld((before) => before ?? rows.map((call) => call.call_id));
  const release = () => setHeld(null);
  // The reader stays where they are: the rows stand still again, with the new ones among them.
  const letIn = () => setHeld(boardOf(view, null, nowMs).rows.map((call) => call.call_id));
  const live = rows.filter((call) => call.state === 'live').length + waiting;
  return (
    <div
      className={css.page}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) release();
      }}
    >
      <div className={css.head}>
        <h1>{plural(live, 'call')} now</h1>
        <div className={css.waiting} role="status">
          {waiting > 0 && (
            <Button size="compact-sm" variant="light" onClick={letIn}>
              Show {plural(waiting, 'new call')}
            </Button>
          )}
          {waiting === 0 && isOtherwise && (
            <Button size="compact-sm" variant="light" onClick={letIn}>
              Sort by need again
            </Button>
          )}
        </div>
      </div>
      <ul className={css.board}>
        {rows.map((call) => (
          <LiveRow key={call.call_id} call={call} />
        ))}
      </ul>
    </div>
  );
}

function NoCalls() {
  return (
    <Notice title="No calls now">
      <p>A call appears here with its first sound.</p>
      <PlaceCall />
      <p>
        Calls that are over are under <Link to="/calls">Calls</Link>.
      </p>
    </Notice>
  );
}

function LoadingBoard() {
  return (
    <div className={css.page} aria-busy="true" aria-label="Loading the live calls">
      <div className={css.head}>
        <Skeleton height={22} width={110} />
      </div>
      <div className={css.board}>
        {[0, 1, 2].map((row) => (
          <div className={css.skeleton} key={row}>
            <Skeleton height={14} width="30%" />
            <Skeleton height={14} width="75%" mt={10} />
          </div>
        ))}
      </div>
    </div>
  );
}
