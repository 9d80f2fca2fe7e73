import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Status } from '@trunkline/client/console';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { timeOfDay } from '../../ui/format.ts';
import { Prose } from '../../ui/prose.tsx';
import { State } from '../../ui/state.tsx';
import { useLoad } from '../../ui/use-load.ts';
import { When } from '../../ui/when.tsx';
import css from './health.module.css';
import { SlowestCalls } from './slowest-calls.tsx';
import { StagesTable } from './stages-table.tsx';

const EVERY_MS = 5000;

export function HealthPage() {
  useDocumentTitle('Health · Trunkline');
  const client = useClient();
  const { value, error, brokenSinceMs } = useLoad('status', (signal) => client.status(signal), {
    everyMs: EVERY_MS,
  });
  if (value === null && error !== null)
    return (
      <Broken what="The server's state cannot be read" error={error} sinceMs={brokenSinceMs}>
        <p>
          <Prose text="Calls in Connect are not touched by this. `trunkline doctor` says what is wrong here." />
        </p>
      </Broken>
    );
  if (value === null) return <LoadingHealth />;
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>Health</h1>
        {brokenSinceMs !== null && (
          <State tone="warn" icon={<IconAlertTriangle size={15} aria-hidden />}>
            No answer since {timeOfDay(brokenSinceMs)}; this is from then
          </State>
        )}
      </div>
      <Facts status={value} />
      <section>
        <h2>Time from spoken to shown, all calls</h2>
        <StagesTable
          stages={value.latency.stages}
          nothing="No word has gone through yet. The first call fills this."
        />
      </section>
      <section>
        <h2>Time from spoken to suggested</h2>
        <StagesTable
          stages={value.latency.hints}
          first="Cards"
          nothing="No card was given yet. The first one fills this."
        />
      </section>
      <SlowestCalls calls={value.latency.slowest} />
    </div>
  );
}

function Facts({ status }: { status: Status }) {
  const { transcription, recording } = status;
  return (
    <dl className={css.facts}>
      <Fact name="Calls now">
        <Link to="/" className={css.big}>
          {status.live_calls}
        </Link>
      </Fact>
      <Fact name="Words" detail={transcription.detail ?? transcription.recogniser}>
        <Verdict isGood={transcription.state === 'running'}>
          {{ running: 'Running', absent: 'Absent', failed: 'Failed' }[transcription.state]}
        </Verdict>
      </Fact>
      <Fact name="Recording" detail={recording.detail}>
        <Verdict isGood={recording.state === 'running'}>
          {recording.state === 'running' ? 'Running' : 'Stopped'}
        </Verdict>
      </Fact>
      <Fact name="Server" detail={`${status.worker}: ${status.roles.join(', ')}`}>
        {status.version}, started <When atMs={status.started_at_ms} />
      </Fact>
    </dl>
  );
}

interface FactProps {
  name: string;
  detail?: string | null | undefined;
  children: ReactNode;
}

function Fact({ name, detail, children }: FactProps) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {detail && (
        <dd className={css.detail}>
          <Prose text={detail} />
        </dd>
      )}
    </div>
  );
}

function Verdict({ isGood, children }: { isGood: boolean; children: ReactNode }) {
  return isGood ? (
    <State tone="live" icon={<IconCircleCheck size={15} aria-hidden />}>
      {children}
    </State>
  ) : (
    <State tone="danger" icon={<IconAlertTriangle size={15} aria-hidden />}>
      {children}
    </State>
  );
}

function LoadingHealth() {
  return (
    <div className={css.page} aria-busy="true" aria-label="Loading health">
      <Skeleton height={22} width={90} mb={16} />
      <Skeleton height={84} mb={24} />
      <Skeleton height={220} />
    </div>
  );
}
