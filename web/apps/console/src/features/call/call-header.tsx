import { Button, Menu } from '@mantine/core';
import {
  IconAlertTriangle,
  IconChevronLeft,
  IconCircleCheck,
  IconDownload,
  IconPhone,
  IconPlayerPause,
} from '@tabler/icons-react';
import type { CallView, ExportFormat } from '@trunkline/client/console';
import { isOnHold } from '@trunkline/client/console';
import { Link } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { clock, endName, exactTime, shortName } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useNow } from '../../ui/use-now.ts';
import { When } from '../../ui/when.tsx';
import css from './call.module.css';
import { StageBar } from './stage-bar.tsx';

const FORMATS: { format: ExportFormat; label: string }[] = [
  { format: 'txt', label: 'Text' },
  { format: 'srt', label: 'Subtitles (SRT)' },
  { format: 'json', label: 'JSON' },
  { format: 'ndjson', label: 'Events (NDJSON)' },
];

/** Who speaks with whom, where, how long, and what state the call is in. */
export function CallHeader({ callId, view }: { callId: string; view: CallView }) {
  const isLive = view.ended === null;
  const { agent, started } = view;
  return (
    <header className={css.header}>
      <Link to={isLive ? '/' : '/calls'} className={css.back}>
        <IconChevronLeft size={16} aria-hidden />
        {isLive ? 'Live' : 'Calls'}
      </Link>
      <h1>
        {started?.customer ?? 'Unknown number'}
        <span className={css.with}>
          {agent ? ` with ${shortName(agent.name ?? agent.id)}` : ' with no agent yet'}
        </span>
      </h1>
      <span className={css.queue}>{started?.queue ?? 'No queue'}</span>
      <Length view={view} />
      <span className={css.states}>
        <CallState view={view} />
      </span>
      <span className={css.tools}>
        <StageBar callId={callId} isLive={isLive} />
        <ExportMenu callId={callId} />
      </span>
    </header>
  );
}

function Length({ view }: { view: CallView }) {
  const nowMs = useNow();
  const startedAtMs = view.started?.started_at_ms;
  if (startedAtMs === undefined) return null;
  const ms = view.ended?.duration_ms ?? Math.max(nowMs - startedAtMs, view.mediaMs);
  return (
    <span className={css.length} title={`Began ${exactTime(startedAtMs)}`}>
      {clock(ms)}
    </span>
  );
}

function CallState({ view }: { view: CallView }) {
  const { ended, started } = view;
  if (ended !== null)
    return (
      <>
        <State
          tone="calm"
          icon={<IconCircleCheck size={15} aria-hidden />}
          title={endName(ended.reason)}
        >
          Ended
        </State>
        {started && <When atMs={started.started_at_ms} />}
      </>
    );
  return (
    <>
      <State tone="live" icon={<IconPhone size={15} aria-hidden />}>
        Live
      </State>
      {isOnHold(view) && (
        <State tone="warn" icon={<IconPlayerPause size={15} aria-hidden />}>
          On hold
        </State>
      )}
      {view.isLate && (
        <State
          tone="warn"
          icon={<IconAlertTriangle size={15} aria-hidden />}
          title="The recogniser has more to do than it can; nothing is lost"
        >
          Words are late
        </State>
      )}
    </>
  );
}

function ExportMenu({ callId }: { callId: string }) {
  const client = useClient();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map(({ format, label }) => (
          <Menu.Item key={format} component="a" href={client.exportUrl(callId, format)} download>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
