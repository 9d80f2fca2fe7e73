import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { CallView } from '@trunkline/client/console';
import { Link, useParams } from 'react-router';
import { Broken } from '../../ui/broken.tsx';
import { Notice } from '../../ui/notice.tsx';
import { CallBody } from './call-body.tsx';
import css from './call.module.css';
import { isAbsent, isHidden, useCall } from './use-call.ts';

export function CallPage() {
  const { callId = '' } = useParams();
  const { value, error, brokenSinceMs } = useCall(callId);
  useDocumentTitle(titleOf(value));
  // The key: nothing of one call (its sound, its search, where one read) is kept for another.
  if (value !== null) return <CallBody key={callId} callId={callId} view={value} />;
  if (error === null) return <LoadingCall />;
  if (isAbsent(error))
    return (
      <Notice title="There is no such call here">
        <p>The address may have been cut, or the call was kept no longer.</p>
        <p>
          <Link to="/calls">Past calls</Link> or <Link to="/">calls now</Link>.
        </p>
      </Notice>
    );
  if (isHidden(error))
    return (
      <Notice title="This call is hidden for now">
        <p>
          Something was found in it after its end, and a reviewer has to decide what becomes of it.
        </p>
        <p>
          Reviewers see it under <Link to="/review">Review</Link>.
        </p>
      </Notice>
    );
  return (
    <Broken what="The call cannot be read" error={error} sinceMs={brokenSinceMs}>
      <p>A call that is running goes on without this page, and its words are kept.</p>
    </Broken>
  );
}

function titleOf(view: CallView | null): string {
  return `${view?.started?.customer ?? 'Call'} · Trunkline`;
}

function LoadingCall() {
  return (
    <div className={css.loading} aria-busy="true" aria-label="Loading the call">
      <Skeleton height={24} width="60%" />
      <Skeleton height={96} />
      {['80%', '55%', '70%', '40%'].map((width) => (
        <Skeleton key={width} height={16} width={width} />
      ))}
    </div>
  );
}
