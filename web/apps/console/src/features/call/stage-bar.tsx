import { Tooltip } from '@mantine/core';
import type { StageLatency } from '@trunkline/client/console';
import { useClient } from '../../app/client-context.ts';
import { millis } from '../../ui/format.ts';
import { stageWords } from '../../ui/stages.ts';
import { useLoad } from '../../ui/use-load.ts';
import css from './call.module.css';

const EVERY_MS = 5000;

/** From spoken to shown: the middle call's time as a bar of its stages, the numbers on hover or focus. */
export function StageBar({ callId, isLive }: { callId: string; isLive: boolean }) {
  const client = useClient();
  const { value } = useLoad(`latency ${callId}`, (signal) => client.latency(callId, signal), {
    everyMs: isLive ? EVERY_MS : null,
    again: isLive ? 'live' : 'ended',
  });
  const stages = value?.stages ?? [];
  const total = stages.find((stage) => stage.stage === 'total');
  if (total === undefined) return null;
  const parts = stages.filter((stage) => stage.stage !== 'total');
  return (
    <Tooltip
      label={<Numbers stages={stages} />}
      events={{ hover: true, focus: true, touch: true }}
      position="bottom"
      classNames={{ tooltip: css.tooltip ?? '' }}
    >
      <button type="button" className={css.stages}>
        <span>
          {millis(total.p50_ms)} ms<span className={css.roomy}> to screen</span>
        </span>
        <Bar parts={parts} />
      </button>
    </Tooltip>
  );
}

function Bar({ parts }: { parts: StageLatency[] }) {
  const sum = parts.reduce((before, part) => before + part.p50_ms, 0) || 1;
  const starts = parts.map((_, index) =>
    parts.slice(0, index).reduce((before, part) => before + part.p50_ms, 0),
  );
  return (
    <svg className={css.bar} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
      {parts.map((part, index) => (
        <rect
          key={part.stage}
          data-stage={part.stage}
          x={((starts[index] ?? 0) / sum) * 100}
          width={Math.max((part.p50_ms / sum) * 100 - 1, 0.5)}
          height={10}
        />
      ))}
    </svg>
  );
}

function Numbers({ stages }: { stages: StageLatency[] }) {
  return (
    <table className={css.numbers}>
      <thead>
        <tr>
          <th>ms</th>
          <th>p50</th>
          <th>p95</th>
          <th>p99</th>
        </tr>
      </thead>
      <tbody>
        {stages.map((stage) => (
          <tr key={stage.stage}>
            <th scope="row">
              <i data-stage={stage.stage} aria-hidden />
              {stageWords(stage.stage).name}
            </th>
            <td>{millis(stage.p50_ms)}</td>
            <td>{millis(stage.p95_ms)}</td>
            <td>{millis(stage.p99_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
