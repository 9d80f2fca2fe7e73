import { IconAlertTriangle, IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react';
import type { Channel, UploadState } from '@trunkline/client/console';
import { Link } from 'react-router';
import { clock } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useNow } from '../../ui/use-now.ts';
import css from './capture.module.css';
import type { Source } from './microphone.ts';
import type { CaptureState } from './use-capture.ts';

/** More than this behind is worth a word. */
const BEHIND_MS = 3000;

const NAMES: Record<Channel, string> = { customer: 'Customer', to_customer: 'Agent' };
const SOURCES: Record<Source, string> = { microphone: 'microphone', tab: 'shared tab' };

/** What is heard, and whether the server has it. */
export function RunningCapture({ state }: { state: CaptureState }) {
  const nowMs = useNow();
  return (
    <>
      <div className={css.status}>
        <span className={css.time}>{clock(nowMs - (state.startedMs ?? nowMs))}</span>
        {state.upload !== null && <UploadNews upload={state.upload} />}
      </div>
      {state.channels.map((channel, index) => (
        <Meter key={channel} name={NAMES[channel]} level={state.levels[index] ?? 0} />
      ))}
      {state.ended.map((source) => (
        <p key={source} role="status">
          The {SOURCES[source]} was taken away: nothing is heard there any more. Stop, and start
          anew.
        </p>
      ))}
    </>
  );
}

function Meter({ name, level }: { name: string; level: number }) {
  return (
    <div className={css.meter}>
      <span>{name}</span>
      <svg
        role="meter"
        aria-label={`${name}, level`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={level}
        viewBox="0 0 100 1"
        preserveAspectRatio="none"
      >
        <rect width={level} height={1} />
      </svg>
    </div>
  );
}

/** How the upload is doing, and where its call is. */
export function UploadNews({ upload }: { upload: UploadState }) {
  const { callId, detail, lostMs } = upload;
  return (
    <div className={css.news} role="status">
      <Phase upload={upload} />
      {lostMs > 0 && (
        <span>{(lostMs / 1000).toFixed(0)} s could not be kept: the call has a gap.</span>
      )}
      {detail !== null && <span className={css.detail}>{detail}</span>}
      {callId !== null && (
        // Leaving this page would end the capture.
        <Link to={`/calls/${encodeURIComponent(callId)}`} target="_blank">
          Open the call
        </Link>
      )}
    </div>
  );
}

function Phase({ upload: { phase, behindMs } }: { upload: UploadState }) {
  const behind = `${(behindMs / 1000).toFixed(0)} s wait here`;
  switch (phase) {
    case 'starting':
      return <State tone="calm">Starting</State>;
    case 'sending':
      return behindMs > BEHIND_MS ? (
        <State tone="warn">Sending, {behind}</State>
      ) : (
        <State tone="live" icon={<IconCircleCheck size={15} aria-hidden />}>
          Sending
        </State>
      );
    case 'waiting':
      return <State tone="warn">The server is behind, {behind}</State>;
    case 'lost':
      return (
        <State tone="warn" icon={<IconPlugConnectedX size={15} aria-hidden />}>
          Connection lost, {behind}; trying again
        </State>
      );
    case 'finished':
      return <State tone="calm">Finished: the server has all of it</State>;
    case 'over':
      return <State tone="calm">The call has ended</State>;
    case 'failed':
      return (
        <State tone="danger" icon={<IconAlertTriangle size={15} aria-hidden />}>
          Not sent
        </State>
      );
  }
}
