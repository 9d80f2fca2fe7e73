import type { CallListView } from '@trunkline/client/console';
import { Link } from 'react-router';
import { Broken } from '../../ui/broken.tsx';
import { Notice } from '../../ui/notice.tsx';
import { isAbsent, isHidden, useCall } from '../call/use-call.ts';
import { AfterCall } from './after-call.tsx';
import { DeskHead } from './desk-head.tsx';
import { LoadingDesk } from './loading-desk.tsx';
import css from './desk.module.css';
import { LiveDesk } from './live-desk.tsx';
import { NextCall } from './next-call.tsx';
import type { DeskKey } from './which-call.ts';

export interface DeskCallProps {
  callId: string;
  deskKey: DeskKey;
  /** What else is live, for the call after this one. */
  calls: CallListView | null;
}

/** One call's desk: while it goes on, and after it. */
export function DeskCall({ callId, deskKey, calls }: DeskCallProps) {
  const { value: view, error, brokenSinceMs } = useCall(callId);
  if (view === null && error === null) return <LoadingDesk />;
  if (view === null && error !== null)
    return isAbsent(error) ? (
      <Notice title="There is no such call here">
        <p>
          <Link to="/desk">Your next call</Link>
        </p>
      </Notice>
    ) : isHidden(error) ? (
      <Notice title="This call is hidden for now">
        <p>Something was found in it after its end, and a reviewer has to decide.</p>
        <p>
          <Link to="/desk">Your next call</Link>
        </p>
      </Notice>
    ) : (
      <Broken what="The call cannot be read" error={error} sinceMs={brokenSinceMs}>
        <p>The call itself goes on; talk as you would without this panel.</p>
      </Broken>
    );
  if (view === null) return null;
  return (
    <div className={css.desk}>
      <DeskHead view={view} />
      {calls !== null && (
        <NextCall callId={callId} deskKey={deskKey} calls={calls} isOver={view.ended !== null} />
      )}
      {view.ended === null ? (
        <LiveDesk callId={callId} view={view} />
      ) : (
        <AfterCall callId={callId} view={view} />
      )}
    </div>
  );
}
