import {
  IconAlertTriangle,
  IconCircleCheck,
  IconListCheck,
  IconPlayerPause,
  IconVolumeOff,
  IconWaveSine,
} from '@tabler/icons-react';
import type { CallSummary } from '@trunkline/client/console';
import { Link } from 'react-router';
import { clock, exactTime, plural, shortName, span, speakerName } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useNow } from '../../ui/use-now.ts';
import { Sentence } from '../../ui/words.tsx';
import { AlertPill } from '../guide/alerts.tsx';
import { SentimentSpark } from '../guide/spark.tsx';
import { holdMs, longSilenceMs, shownAlerts } from './board.ts';
import css from './live.module.css';

/** More pills than this are read by nobody; the call's page has them all. */
const MAX_ALERTS = 2;

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
      <Course call={call} />
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

/** How it goes: what is ticked, and how the customer sounds. */
function Course({ call }: { call: CallSummary }) {
  const { checklist_done: done, checklist_total: total, sentiment_series: series } = call;
  if (total === 0 && series.length === 0) return <span className={css.course} />;
  return (
    <span className={css.course}>
      {total > 0 && (
        <span className={css.ticks} title={`Checklist: ${done} of ${total}`}>
          <IconListCheck size={15} aria-hidden />
          {done}/{total}
        </span>
      )}
      <SentimentSpark series={series} />
    </span>
  );
}

function States({ call }: { call: CallSummary }) {
  const nowMs = useNow();
  const transcription = call.transcription?.state ?? 'running';
  const { shown, more } = shownAlerts(call, MAX_ALERTS);
  const heldMs = holdMs(call, nowMs);
  const silentMs = longSilenceMs(call);
  return (
    <>
      {shown.map((alert) => (
        <AlertPill key={`${alert.kind} ${alert.at_ms} ${alert.title}`} alert={alert} />
      ))}
      {more > 0 && <State tone="warn">{plural(more, 'more alert')}</State>}
      {call.unmet.map((title) => (
        <State
          key={title}
          tone="danger"
          icon={<IconListCheck size={15} aria-hidden />}
          title="Required, and not done in time"
        >
          Not done: {title}
        </State>
      ))}
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
          On hold{heldMs === null ? '' : ` ${clock(heldMs)}`}
        </State>
      )}
      {silentMs !== null && (
        <State tone="warn" icon={<IconVolumeOff size={15} aria-hidden />}>
          Silent {span(silentMs)}
        </State>
      )}
      {call.media?.state === 'waiting' && (
        <State
          tone="danger"
          icon={<IconAlertTriangle size={15} aria-hidden />}
          title="Its stream cannot be read now"
        >
          No sound comes
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
