import { Button, Select, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle, IconPlayerRecord, IconPlayerStop } from '@tabler/icons-react';
import type { Channel } from '@trunkline/client/console';
import { useState } from 'react';
import { Notice } from '../../ui/notice.tsx';
import { State } from '../../ui/state.tsx';
import css from './capture.module.css';
import type { Source } from './microphone.ts';
import { RunningCapture, UploadNews } from './running-capture.tsx';
import type { CaptureForm } from './use-capture.ts';
import { useCapture } from './use-capture.ts';

const CHANNELS = [
  { value: 'to_customer', label: 'The agent' },
  { value: 'customer', label: 'The customer' },
  { value: 'none', label: 'Nobody: leave it out' },
];
/** A name is cut where the server would refuse it. */
const MAX_NAME = 100;

/** Takes a call from this computer's sound, where no Kinesis stream brings it. */
export function CapturePage() {
  useDocumentTitle('Capture · Trunkline');
  const { state, start, stop } = useCapture();
  if (!canCapture())
    return (
      <Notice title="This page may not hear anything here">
        <p>
          Browsers give sound to pages of <code>https</code> addresses and of this machine only.
          Open it as <code>https://…</code> or <code>http://localhost:…</code>, in a browser for
          desktops.
        </p>
      </Notice>
    );
  return (
    <div className={css.page}>
      <h1>Capture a call</h1>
      <p className={css.what}>
        For calls whose audio does not come from Amazon Connect&rsquo;s media streams: this browser
        sends what you say and what the tab of the call plays. It becomes a live call like every
        other, redacted in the same way.
      </p>
      {state.error !== null && (
        <p role="alert">
          <State tone="danger" icon={<IconAlertTriangle size={15} aria-hidden />}>
            Not started
          </State>{' '}
          {state.error}
        </p>
      )}
      {state.phase === 'running' ? (
        <>
          <RunningCapture state={state} />
          <p className={css.what}>Leaving this page ends the capture.</p>
          <div>
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={16} aria-hidden />}
              onClick={stop}
            >
              Stop
            </Button>
          </div>
        </>
      ) : (
        <>
          {state.upload !== null && <UploadNews upload={state.upload} />}
          <Form isBusy={state.phase === 'asking'} onStart={(form) => void start(form)} />
        </>
      )}
    </div>
  );
}

function canCapture(): boolean {
  return window.isSecureContext && 'mediaDevices' in navigator && 'AudioWorkletNode' in window;
}

interface FormProps {
  isBusy: boolean;
  onStart: (form: CaptureForm) => void;
}

function Form({ isBusy, onStart }: FormProps) {
  const [microphone, setMicrophone] = useState('to_customer');
  const [tab, setTab] = useState('customer');
  const [agent, setAgent] = useState('');
  const sources = sourcesOf(microphone, tab);
  const problem = problemOf(microphone, tab);
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) onStart({ sources, agent: agent.trim() });
      }}
    >
      <Select
        label="Who is heard on the microphone"
        description="The browser asks for it when you start."
        data={CHANNELS}
        value={microphone}
        allowDeselect={false}
        onChange={(value) => setMicrophone(value ?? 'none')}
      />
      <Select
        label="Who is heard in the shared tab"
        description="The browser asks which tab: choose that of the call, and switch on “Also share tab audio”. No picture is used."
        data={CHANNELS}
        value={tab}
        allowDeselect={false}
        onChange={(value) => setTab(value ?? 'none')}
      />
      <TextInput
        label="The agent's name"
        description="Optional; shown beside what the agent says."
        maxLength={MAX_NAME}
        value={agent}
        onChange={(event) => setAgent(event.currentTarget.value)}
      />
      {problem !== null && <p className={css.problem}>{problem}</p>}
      <div>
        <Button
          type="submit"
          loading={isBusy}
          disabled={problem !== null}
          leftSection={<IconPlayerRecord size={16} aria-hidden />}
        >
          Start
        </Button>
      </div>
    </form>
  );
}

function sourcesOf(microphone: string, tab: string): Partial<Record<Source, Channel>> {
  const sources: Partial<Record<Source, Channel>> = {};
  if (isChannel(microphone)) sources.microphone = microphone;
  if (isChannel(tab)) sources.tab = tab;
  return sources;
}

function isChannel(value: string): value is Channel {
  return value === 'customer' || value === 'to_customer';
}

function problemOf(microphone: string, tab: string): string | null {
  if (microphone === 'none' && tab === 'none') return 'Choose at least one of the two.';
  if (microphone === tab) return 'Both cannot be the same person.';
  return null;
}
