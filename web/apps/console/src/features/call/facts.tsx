import type { CallView } from '@trunkline/client/console';
import type { ReactNode } from 'react';
import { useClient } from '../../app/client-context.ts';
import { CopyableId } from '../../ui/command.tsx';
import { bytes, exactTime, plural, shortName, verdictName } from '../../ui/format.ts';
import css from './call.module.css';

export function Facts({ callId, view }: { callId: string; view: CallView }) {
  const client = useClient();
  const { started, agent, recording, transcription, verified } = view;
  return (
    <section className={css.panel}>
      <h2>Facts</h2>
      <dl className={css.facts}>
        {started && (
          <>
            <Fact name="Contact">
              <CopyableId name="the contact id" value={started.contact_id} />
            </Fact>
            {started.initial_contact_id && (
              <Fact name="First contact">
                <CopyableId name="the first contact id" value={started.initial_contact_id} />
              </Fact>
            )}
          </>
        )}
        <Fact name="Call">
          <CopyableId name="the call id" value={callId} />
        </Fact>
        {started && (
          <>
            <Fact name="Stream">
              <CopyableId name="the stream" value={started.stream} />
            </Fact>
            <Fact name="Queue">{started.queue ?? 'None'}</Fact>
          </>
        )}
        <Fact name="Agent">{agent ? shortName(agent.name ?? agent.id) : 'None'}</Fact>
        {started && <Fact name="Began">{exactTime(started.started_at_ms)}</Fact>}
        <Fact name="Recogniser">{transcription?.recogniser ?? 'None'}</Fact>
        <Fact name="Sound">
          {recording
            ? `${bytes(recording.bytes)}, ${plural(recording.masks, 'stretch', 'stretches')} masked`
            : soundAbsence(view)}
        </Fact>
        <Fact name="Verified">
          {verified ? verdictName(verified.verdict).replace('Verified: ', '') : 'Not yet'}
          {verified?.report && (
            <>
              {' · '}
              <a href={client.evidenceUrl(callId)} target="_blank" rel="noreferrer">
                Report
              </a>
            </>
          )}
        </Fact>
        {recording && (
          <Fact name="SHA-256">
            <CopyableId name="the hash" value={recording.sha256} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

function soundAbsence(view: CallView): string {
  if (view.recordingFailed) return 'None';
  return view.ended ? 'Being made ready' : 'When the call has ended';
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
