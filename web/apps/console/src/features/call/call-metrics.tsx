import type { CallMetrics, SpeakerMetrics } from '@trunkline/client/console';
import { span } from '../../ui/format.ts';
import { SentimentSpark } from '../guide/spark.tsx';
import css from './call.module.css';

interface CallMetricsTableProps {
  metrics: CallMetrics;
  series: readonly CallMetrics[];
}

/** Who speaks how much, how fast, over whom; and how the customer sounds. Prompts and music have no part in it. */
export function CallMetricsTable({ metrics, series }: CallMetricsTableProps) {
  const { agent, customer } = metrics;
  const talk = Math.max(agent.talk_ms + customer.talk_ms, 1);
  const sentiments = series.flatMap((sample) => sample.customer.sentiment ?? []);
  const row = (name: string, of: (speaker: SpeakerMetrics) => string) => (
    <tr>
      <th scope="row">{name}</th>
      <td>{of(customer)}</td>
      <td>{of(agent)}</td>
    </tr>
  );
  return (
    <>
      <table className={css.metrics}>
        <thead>
          <tr>
            <td />
            <th scope="col">Customer</th>
            <th scope="col">Agent</th>
          </tr>
        </thead>
        <tbody>
          {row('Share of the talk', ({ talk_ms }) => `${Math.round((talk_ms / talk) * 100)} %`)}
          {row('Words a minute', ({ words_per_minute }) => String(words_per_minute ?? '–'))}
          {row('Interruptions', ({ interruptions }) => String(interruptions))}
          <tr>
            <th scope="row">Talk-over, silence, hold</th>
            <td colSpan={2}>
              {span(metrics.talk_over_ms)}, {span(metrics.silence_ms)}, {span(metrics.hold_ms)}
            </td>
          </tr>
        </tbody>
      </table>
      {sentiments.length > 0 && (
        <p className={css.faint}>
          Customer <SentimentSpark series={sentiments} />
        </p>
      )}
    </>
  );
}
