import { Table } from '@mantine/core';
import type { BacktestResult, BacktestRule, Firing } from '@trunkline/client/console';
import { Link } from 'react-router';
import { Prose } from '../../ui/prose.tsx';
import { clock, plural } from '../../ui/format.ts';
import css from './playbooks.module.css';

/** So many moments of a rule are listed. */
const MAX_MOMENTS = 20;
/** The server sends no more moments than this; there may be more. */
const MAX_SENT = 100;

/** What would have fired, what not, and the difference, with the moments. */
export function BacktestTable({ result, days }: { result: BacktestResult; days: string }) {
  const { calls, skipped, rules, checklist, without_meaning: isWithoutMeaning } = result;
  if (calls === 0)
    return (
      <p className={css.dim}>
        No call is stored of the last {plural(Number(days), 'day')}
        {skipped > 0 ? ` that may be read; ${plural(skipped, 'call')} left out` : ''}.
      </p>
    );
  const changed = rules.filter(({ added, removed }) => added.length + removed.length > 0);
  return (
    <>
      <p role="status">
        {plural(calls, 'call')} guided again
        {skipped > 0 && `, ${skipped} left out as hidden or without words`}:{' '}
        <strong>
          {changed.length === 0 ? 'no difference' : `${plural(changed.length, 'rule')} changed`}
        </strong>
        .
      </p>
      {isWithoutMeaning && (
        <p className={css.dim}>
          <Prose text="Rules by meaning were not tried: the model for that is not here. `trunkline models pull` brings it." />
        </p>
      )}
      <Table className={css.table} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Rule</Table.Th>
            <Table.Th className={css.number}>Live</Table.Th>
            <Table.Th className={css.number}>This</Table.Th>
            <Table.Th>Difference</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rules.map((rule) => (
            <Table.Tr key={rule.rule}>
              <Table.Th scope="row">{rule.rule}</Table.Th>
              <Table.Td className={css.number}>{rule.before}</Table.Td>
              <Table.Td className={css.number}>{rule.after}</Table.Td>
              <Table.Td>
                <Difference rule={rule} />
              </Table.Td>
            </Table.Tr>
          ))}
          {checklist.map(({ item, before, after }) => (
            <Table.Tr key={item}>
              <Table.Th scope="row">
                {item}
                <span className={css.dim}> done in time</span>
              </Table.Th>
              <Table.Td className={css.number}>{before.done}</Table.Td>
              <Table.Td className={css.number}>{after.done}</Table.Td>
              <Table.Td className={css.dim}>
                missed {before.missed}, now {after.missed}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function Difference({ rule }: { rule: BacktestRule }) {
  const { added, removed } = rule;
  if (added.length + removed.length === 0) return <span className={css.dim}>none</span>;
  return (
    <>
      <Moments title="would have fired, too" sign="+" moments={added} />
      <Moments title="would not have fired" sign="−" moments={removed} />
    </>
  );
}

interface MomentsProps {
  title: string;
  sign: string;
  moments: readonly Firing[];
}

/** Links to the calls, at the moment. */
function Moments({ title, sign, moments }: MomentsProps) {
  if (moments.length === 0) return null;
  const more = moments.length - MAX_MOMENTS;
  return (
    <details className={css.moments}>
      <summary>
        {sign}
        {moments.length}
        {moments.length >= MAX_SENT && ' or more'} {title}
      </summary>
      <ul>
        {moments.slice(0, MAX_MOMENTS).map(({ call_id, at_ms }) => (
          <li key={`${call_id} ${at_ms}`}>
            <Link to={`/calls/${encodeURIComponent(call_id)}?t=${at_ms}`} target="_blank">
              {call_id} at {clock(at_ms)}
            </Link>
          </li>
        ))}
        {more > 0 && <li className={css.dim}>and {more} more</li>}
      </ul>
    </details>
  );
}
