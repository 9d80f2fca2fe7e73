import { SegmentedControl, Skeleton, Table } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { GuidanceStatistics, RuleStatistics } from '@trunkline/client/console';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { plural } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { useLoad } from '../../ui/use-load.ts';
import { kindName } from '../guide/hints.ts';
import { GuidanceNav } from './guidance-nav.tsx';
import css from './playbooks.module.css';
import type { Judgement } from './usefulness.ts';
import { byUse, judge, share } from './usefulness.ts';

const DAYS = ['7', '30'];
const EVERY_MS = 60_000;

/** What became of each rule's cards: whether guidance helps, and which rules are in the way. */
export function UsefulnessPage() {
  useDocumentTitle('Guidance · Trunkline');
  const client = useClient();
  const [params, setParams] = useSearchParams();
  const wanted = params.get('days') ?? '';
  const days = DAYS.includes(wanted) ? wanted : '7';
  const { value, error, brokenSinceMs } = useLoad(
    `statistics ${days}`,
    (signal) => client.guidanceStatistics(Number(days), signal),
    { everyMs: EVERY_MS },
  );
  return (
    <div className={css.page}>
      <GuidanceNav />
      <div className={css.head}>
        <h1>Usefulness</h1>
        <SegmentedControl
          size="xs"
          aria-label="Days"
          value={days}
          onChange={(next) => setParams({ days: next }, { replace: true })}
          data={DAYS.map((one) => ({ value: one, label: `${one} days` }))}
        />
        {value !== null && (
          <p className={css.dim}>
            {value.more ? 'the newest ' : ''}
            {plural(value.calls, 'guided call')}
          </p>
        )}
      </div>
      {value !== null ? (
        <Rules statistics={value} />
      ) : error !== null ? (
        <Broken what="The statistics cannot be read" error={error} sinceMs={brokenSinceMs}>
          <p>Guidance of running calls goes on.</p>
        </Broken>
      ) : (
        <div aria-busy="true" aria-label="Loading the statistics">
          <Skeleton height={240} />
        </div>
      )}
    </div>
  );
}

function Rules({ statistics }: { statistics: GuidanceStatistics }) {
  if (statistics.rules.length === 0)
    return (
      <p className={css.dim}>
        No rule has given a card yet. Cards count from the first call that a playbook guides.
      </p>
    );
  return (
    <div className={css.frame} tabIndex={0} role="group" aria-label="Rules">
      <Table className={css.table} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Rule</Table.Th>
            <Column title="Cards that agents saw">Shown</Column>
            <Column title="Taken up with a key or a click">Used</Column>
            <Column title="The agent said what the card suggests">Said</Column>
            <Column title="Put away">Dismissed</Column>
            <Column title="Nobody touched it while it was there">Expired</Column>
            <Column title="Taken up, and then not said">Used, not said</Column>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {byUse(statistics.rules).map((rule) => (
            <RuleRow key={`${rule.playbook}/${rule.rule}/${rule.version}`} rule={rule} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Column({ title, children }: { title: string; children: string }) {
  return (
    <Table.Th className={css.number} title={title}>
      {children}
    </Table.Th>
  );
}

function RuleRow({ rule }: { rule: RuleStatistics }) {
  const { shown } = rule;
  const cell = (count: number) => (
    <Table.Td className={css.number}>
      {count} <span className={css.dim}>{share(count, shown)}</span>
    </Table.Td>
  );
  return (
    <Table.Tr>
      <Table.Th scope="row" className={css.rule}>
        {rule.rule}
        <span className={css.dim}>
          {rule.playbook} {rule.version}, {kindName(rule.kind).toLowerCase()}
        </span>
        <Verdict judgement={judge(rule)} />
      </Table.Th>
      <Table.Td className={css.number}>{shown}</Table.Td>
      {cell(rule.accepted)}
      {cell(rule.said)}
      {cell(rule.dismissed)}
      {cell(rule.expired)}
      <Table.Td className={css.number}>
        {rule.accepted_not_said}{' '}
        <span className={css.dim}>{share(rule.accepted_not_said, rule.accepted)}</span>
      </Table.Td>
    </Table.Tr>
  );
}

const VERDICTS: Record<NonNullable<Judgement>, string> = {
  never: 'Never shown',
  'in-the-way': 'Mostly dismissed',
  'clicked-not-said': 'Used, but not said',
};

function Verdict({ judgement }: { judgement: Judgement }) {
  if (judgement === null) return null;
  return (
    <State
      tone={judgement === 'never' ? 'calm' : 'warn'}
      icon={judgement === 'never' ? undefined : <IconAlertTriangle size={15} aria-hidden />}
    >
      {VERDICTS[judgement]}
    </State>
  );
}
