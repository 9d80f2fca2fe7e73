import { useDocumentTitle } from '@mantine/hooks';
import type { CallListView } from '@trunkline/client/console';
import { useEffect } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { useLoad } from '../../ui/use-load.ts';
import { useLiveCalls } from '../live/use-live-calls.ts';
import { ChooseCall } from './choose-call.tsx';
import { DeskCall } from './desk-call.tsx';
import { deskPath } from './desk-path.ts';
import { LoadingDesk } from './loading-desk.tsx';
import { Waiting } from './waiting.tsx';
import type { DeskKey } from './which-call.ts';
import { deskKeyOf, ownCall } from './which-call.ts';

/** The agent's own panel: the call that is theirs, by contact, by who they are, or chosen. */
export function DeskPage() {
  useDocumentTitle('Desk · Trunkline');
  const client = useClient();
  const { callId } = useParams();
  const [params] = useSearchParams();
  const who = useLoad('whoami', (signal) => client.whoami(signal));
  const calls = useLiveCalls();
  const key = deskKeyOf(params, who.value);
  // Somebody who cannot be told still has a desk; they choose their call.
  if (who.value === null && who.error === null && key === null) return <LoadingDesk />;
  if (callId !== undefined)
    return <DeskCall key={callId} callId={callId} deskKey={key} calls={calls.value} />;
  if (calls.value === null && calls.error !== null)
    return (
      <Broken what="The calls cannot be read" error={calls.error} sinceMs={calls.brokenSinceMs}>
        <p>Calls in Connect go on without this panel.</p>
      </Broken>
    );
  if (calls.value === null) return <LoadingDesk />;
  return <PickCall deskKey={key} calls={calls.value} />;
}

/** Goes to the desk's own call as soon as there is one. */
function PickCall({ deskKey, calls }: { deskKey: DeskKey; calls: CallListView }) {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const own = ownCall(calls, deskKey)?.call_id ?? null;
  const search = params.toString();
  useEffect(() => {
    if (own !== null) void navigate(deskPath(own, search), { replace: true });
  }, [own, search, navigate]);
  if (own !== null) return <LoadingDesk />;
  if (deskKey === null) return <ChooseCall calls={calls} search={search} />;
  return (
    <Waiting deskKey={deskKey}>
      <p>
        Not yours? <Link to="/">Calls now</Link>.
      </p>
    </Waiting>
  );
}
