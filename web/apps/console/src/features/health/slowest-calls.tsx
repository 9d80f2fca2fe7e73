import { Table } from '@mantine/core';
import type { SlowCall } from '@trunkline/client/console';
import { Link } from 'react-router';
import { millis } from '../../ui/format.ts';
import { stageWords } from '../../ui/stages.ts';
import css from './health.module.css';

/** The calls that waited longest for a word, and what they waited for. */
export function SlowestCalls({ calls }: { calls: readonly SlowCall[] }) {
  if (calls.length === 0) return null;
  return (
    <section>
      <h2>The slowest calls</h2>
      <div className={css.frame}>
        <Table className={css.table} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Call</Table.Th>
              <Table.Th className={css.number}>Longest ms</Table.Th>
              <Table.Th>Most of it</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {calls.map((call) => (
              <Table.Tr key={call.call_id}>
                <Table.Th scope="row" className={css.call}>
                  <Link to={`/calls/${encodeURIComponent(call.call_id)}`}>{call.call_id}</Link>
                </Table.Th>
                <Table.Td className={css.number}>{millis(call.total_ms)}</Table.Td>
                <Table.Td>
                  {stageWords(call.stage).name} {millis(call.worst_ms)} ms
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
