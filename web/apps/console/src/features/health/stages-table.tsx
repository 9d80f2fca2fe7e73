import { Table } from '@mantine/core';
import type { StageLatency } from '@trunkline/client/console';
import { millis } from '../../ui/format.ts';
import { stageWords } from '../../ui/stages.ts';
import css from './health.module.css';

interface StagesTableProps {
  stages: readonly StageLatency[];
  /** What goes through them. */
  first?: string;
  /** Said when nothing went through yet. */
  nothing: string;
}

/** Percentiles per stage; the bar shows where the time of the slower calls goes. */
export function StagesTable({ stages, first = 'Stage', nothing }: StagesTableProps) {
  if (stages.length === 0) return <p className={css.none}>{nothing}</p>;
  const longest = Math.max(...stages.map((stage) => stage.p95_ms), 1);
  return (
    <div className={css.frame}>
      <Table className={css.table} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{first}</Table.Th>
            <Table.Th className={css.number}>p50 ms</Table.Th>
            <Table.Th className={css.number}>p95 ms</Table.Th>
            <Table.Th className={css.number}>p99 ms</Table.Th>
            <Table.Th className={`${css.number} ${css.wide}`}>Events</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stages.map((stage) => (
            <Table.Tr key={stage.stage} data-total={stage.stage === 'total' || undefined}>
              <Table.Th scope="row" className={css.stage}>
                {stageWords(stage.stage).name}
                <span className={css.what}>{stageWords(stage.stage).what}</span>
                <svg className={css.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden>
                  <rect className={css.p95} width={(stage.p95_ms / longest) * 100} height={4} />
                  <rect className={css.p50} width={(stage.p50_ms / longest) * 100} height={4} />
                </svg>
              </Table.Th>
              <Table.Td className={css.number}>{millis(stage.p50_ms)}</Table.Td>
              <Table.Td className={css.number}>{millis(stage.p95_ms)}</Table.Td>
              <Table.Td className={css.number}>{millis(stage.p99_ms)}</Table.Td>
              <Table.Td className={`${css.number} ${css.wide}`}>{stage.count}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
