import { Table } from '@mantine/core';
import {
  IconAlertTriangle,
  IconEyeOff,
  IconLock,
  IconMicrophoneOff,
  IconPhone,
  IconVolume,
  IconWaveSine,
} from '@tabler/icons-react';
import type { CallSummary } from '@trunkline/client/console';
import { Link } from 'react-router';
import { clock, endName, plural, shortName } from '../../ui/format.ts';
import { State } from '../../ui/state.tsx';
import { When } from '../../ui/when.tsx';
import css from './calls.module.css';

/** Calls to compare. On a narrow page agent and queue stand under the number. */
export function CallsTable({ calls }: { calls: CallSummary[] }) {
  return (
    <div className={css.frame}>
      <Table className={css.table} verticalSpacing={6} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Customer</Table.Th>
            <Table.Th className={css.wide}>Agent</Table.Th>
            <Table.Th className={css.wide}>Queue</Table.Th>
            <Table.Th className={css.wide}>Began</Table.Th>
            <Table.Th className={css.number}>Length</Table.Th>
            <Table.Th className={`${css.number} ${css.wider}`}>Sentences</Table.Th>
            <Table.Th className={`${css.number} ${css.wider}`}>Masks</Table.Th>
            <Table.Th className={css.wide}>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => (
            <Row key={call.call_id} call={call} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ call }: { call: CallSummary }) {
  const agent = call.agent ? shortName(call.agent) : 'No agent';
  const queue = call.queue ?? 'No queue';
  return (
    <Table.Tr className={css.row}>
      <Table.Td>
        <Link className={css.link} to={`/calls/${encodeURIComponent(call.call_id)}`}>
          {call.customer ?? 'Unknown number'}
        </Link>
        <div className={css.narrow}>
          {agent}, {queue}, <When atMs={call.started_at_ms} />
        </div>
        <div className={`${css.narrow} ${css.states}`}>
          <States call={call} />
        </div>
      </Table.Td>
      <Table.Td className={css.wide}>{agent}</Table.Td>
      <Table.Td className={css.wide}>{queue}</Table.Td>
      <Table.Td className={`${css.when} ${css.wide}`}>
        <When atMs={call.started_at_ms} />
      </Table.Td>
      <Table.Td className={css.number}>
        {call.duration_ms == null ? '' : clock(call.duration_ms)}
      </Table.Td>
      <Table.Td className={`${css.number} ${css.wider}`}>{call.utterances}</Table.Td>
      <Table.Td className={`${css.number} ${css.wider}`}>{call.masks}</Table.Td>
      <Table.Td className={css.wide}>
        <div className={css.states}>
          <States call={call} />
        </div>
      </Table.Td>
    </Table.Tr>
  );
}

/** Only what is out of the ordinary, and whether there is sound. */
function States({ call }: { call: CallSummary }) {
  const hasNoWords = (call.transcription?.state ?? 'running') !== 'running';
  const isLost = call.end_reason === 'owner_lost' || call.end_reason === 'stream_gone';
  return (
    <>
      {call.state === 'live' && (
        <State tone="live" icon={<IconPhone size={15} aria-hidden />}>
          Live
        </State>
      )}
      {call.has_recording && <IconVolume size={17} role="img" aria-label="Has sound" />}
      {isLost && call.end_reason && (
        <State tone="warn" icon={<IconAlertTriangle size={15} aria-hidden />}>
          {endName(call.end_reason)}
        </State>
      )}
      {hasNoWords && (
        <State
          tone="warn"
          icon={<IconMicrophoneOff size={15} aria-hidden />}
          title={call.transcription?.detail ?? ''}
        >
          No words
        </State>
      )}
      {call.quarantined && (
        <State
          tone="warn"
          icon={<IconEyeOff size={15} aria-hidden />}
          title="Hidden from everyone but reviewers until somebody has decided"
        >
          In review
        </State>
      )}
      {call.legal_hold && (
        <State
          tone="calm"
          icon={<IconLock size={15} aria-hidden />}
          title="Kept for a legal matter"
        >
          On legal hold
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
