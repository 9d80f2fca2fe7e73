import {
  IconAlertTriangle,
  IconCircleCheck,
  IconPlayerPause,
  IconWaveSine,
} from '@tabler/icons-react';
import type { CallSummary } from '@trunkline/client/console';
import { Link } from 'react-router';
import { clock, exactTime, plural, shortName, speakerName } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useNow } from '../../ui/use-now.ts';
import { Sentence } from '../../ui/words.tsx';
import css from './live.module.css';

/** One call: who, where, how long, what was said last, and what is wrong with it. */
export function LiveRow({ call }: { call: CallSummary }) {
  const agent = call.agent ? shortName(call.agent) : null;
  return (
    <li className={css.row} data-ended={call.state === 'ended' || undefined}>
      <div className={css.who}>
        <Link to={`/calls/${encodeURIComponent(call.call_id)}`} className={css.link}>
          {call.customer ?? 'Unknown number'}
        </Link>
        <span className={css.dim}>{agent ?? 'No agent yet'}</span>
      </div>
      <span className={css.queue}>{call.queue ?? 'No queue'}</span>
      <Length call={call} />
      <p className={css.said}>
        <LastSaid call={call} agent={agent} />
      </p>
      <div className={css.states}>
        <States call={call} />
      </div>
    </li>
  );
}

function Length({ call }: { call: CallSummary }) {
  const nowMs = useNow();
  const ms = call.duration_ms ?? nowMs - call.started_at_ms;
  return (
    <span className={css.length} title={`Began ${exactTime(call.started_at_ms)}`}>
      {clock(ms)}
    </span>
  );
}

function LastSaid({ call, agent }: { call: CallSummary; agent: string | null }) {
  const last = call.last_utterance;
  if (!last) return <span className={css.dim}>Nothing said yet</span>;
  return (
    <>
      <span className={css.dim}>{speakerName(last.participant, agent)}: </span>
      <Sentence utterance={last} />
    </>
  );
}

function States({ call }: { call: CallSummary }) {
  const transcription = call.transcription?.state ?? 'running';
  return (
    <>
      {call.state === 'ended' && (
        <State tone="calm" icon={<IconCircleCheck size={15} aria-hidden />}>
          Ended
        </State>
      )}
      {transcription !== 'running' && (
        <State
          tone={transcription === 'failed' ? 'danger' : 'warn'}
          icon={<IconAlertTriangle size={15} aria-hidden />}
          title={call.transcription?.detail ?? ''}
        >
          {transcription === 'failed' ? 'Words stopped' : 'No words'}
        </State>
      )}
      {call.on_hold && (
        <State tone="warn" icon={<IconPlayerPause size={15} aria-hidden />}>
          On hold
        </State>
      )}
      {call.gaps > 0 && (
        <State
          tone="calm"
          icon={<IconWaveSine size={15} aria-hidden />}
          title="Sound that is missing"
        >
          {plural(call.gaps, 'gap')}
        </State>
      )}
    </>
  );
}
