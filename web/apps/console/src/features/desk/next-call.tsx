import { Button } from '@mantine/core';
import { IconPhoneIncoming } from '@tabler/icons-react';
import type { CallListView } from '@trunkline/client/console';
import { Link, useSearchParams } from 'react-router';
import { deskPath } from './desk-path.ts';
import css from './desk.module.css';
import type { DeskKey } from './which-call.ts';
import { nextCall } from './which-call.ts';

interface NextCallProps {
  callId: string;
  deskKey: DeskKey;
  calls: CallListView;
  isOver: boolean;
}

/** Another call of this agent is there. It waits: nothing is taken from under who still writes. */
export function NextCall({ callId, deskKey, calls, isOver }: NextCallProps) {
  const [params] = useSearchParams();
  const next = nextCall(calls, deskKey, callId);
  const search = params.toString();
  if (next === null)
    return isOver ? (
      <p className={css.next}>
        <Link to={search === '' ? '/desk' : `/desk?${search}`}>Ready for the next call</Link>
      </p>
    ) : null;
  return (
    <p className={css.next} data-waits>
      <IconPhoneIncoming size={16} aria-hidden />
      <span>
        {isOver ? 'The next call waits' : 'Another call of yours is live'}:{' '}
        <strong>{next.customer ?? 'unknown number'}</strong>, {next.queue ?? 'no queue'}
      </span>
      <Button size="compact-sm" component={Link} to={deskPath(next.call_id, search)}>
        Take it
      </Button>
    </p>
  );
}
