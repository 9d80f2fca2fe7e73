import type { SessionStatus, ShownUtterance, VoiceSession } from '@trunkline/client';
import { useRef, useState } from 'react';
import {
  useAlerts,
  useChecklist,
  useHints,
  useMessages,
  useReadable,
  useRow,
  useSearch,
  useStatus,
  useSummary,
  useTranscript,
  useWorkflows,
} from '../hooks.ts';
import { Checklist } from './checklist.tsx';
import { useDeskKeys } from './desk-keys.ts';
import { HintAnnouncer, HintCard } from './hint-card.tsx';
import { AlertLine, Messages, WorkflowSteps } from './lines.tsx';
import { SearchBox } from './search-box.tsx';
import { SummaryEditor } from './summary-editor.tsx';
import { Transcript } from './transcript.tsx';
import { plainWords, Words } from './words.tsx';

export interface DeskPanelProps {
  session: VoiceSession;
  /** Whether keys work anywhere on the page: a or Enter uses the card, Escape or n puts it away, e opens its source, m
   * mutes, t shows the transcript, / searches. */
  keys?: boolean;
}

const STATUSES: Record<SessionStatus, string> = {
  started: 'On the call',
  'on-hold': 'On hold',
  ended: 'Ended',
};

/** An agent's whole side panel for one call: who, the last words, one card, what is to be said; and after it, the
 * summary. */
export function DeskPanel({ session, keys = true }: DeskPanelProps) {
  // Another call begins with nothing opened.
  return <Desk key={session.id} session={session} keys={keys} />;
}

function Desk({ session, keys }: Required<DeskPanelProps>) {
  const { hint, muted, mute } = useHints(session);
  const status = useStatus(session);
  const isOver = status === 'ended';
  const utterances = useTranscript(session);
  const [expanded, setExpanded] = useState<string | null>(null);
  const [isTranscriptOpen, setTranscriptOpen] = useState(false);
  const [selected, setSelected] = useState<string | null>(null);
  const search = useSearch(session);
  const searchInput = useRef<HTMLInputElement>(null);
  const expand = () => {
    if (hint === null) return;
    if (expanded !== hint.id) void hint.expand();
    setExpanded(expanded === hint.id ? null : hint.id);
  };
  const sentence = (id: string) => utterances.find((utterance) => utterance.id === id) ?? null;
  const toggleTranscript = () => setTranscriptOpen((isOpen) => !isOpen);
  useDeskKeys(keys, {
    hint,
    onExpand: expand,
    onMute: () => void mute(!muted),
    onTranscript: toggleTranscript,
    onSearch: () => searchInput.current?.focus(),
  });
  return (
    <section className="tl-desk" aria-label="Guidance">
      <Head session={session} status={status} />
      {!isOver && <LastWords utterances={utterances} />}
      <HintAnnouncer hint={hint} />
      {hint !== null && (
        <HintCard
          hint={hint}
          expanded={expanded === hint.id}
          onShown={hint.shown}
          onAccept={() => void hint.accept()}
          onDismiss={() => void hint.dismiss()}
          onExpand={expand}
        />
      )}
      {isOver ? (
        <After session={session} sentence={sentence} />
      ) : (
        <label className="tl-mute">
          <input type="checkbox" checked={muted} onChange={() => void mute(!muted)} /> No cards
        </label>
      )}
      <Rest
        session={session}
        sentence={sentence}
        onSentence={(id) => {
          setTranscriptOpen(true);
          setSelected(id);
        }}
      />
      <SearchBox inputRef={searchInput} onSearch={(query, signal) => search(query, { signal })} />
      <button
        type="button"
        className="tl-button"
        aria-expanded={isTranscriptOpen}
        onClick={toggleTranscript}
      >
        Transcript
      </button>
      {isTranscriptOpen && <Transcript utterances={utterances} selected={selected} />}
    </section>
  );
}

function Head({ session, status }: { session: VoiceSession; status: SessionStatus }) {
  const row = useRow(session);
  const alerts = useAlerts(session);
  const problem = useReadable(session.problem);
  return (
    <>
      <header className="tl-desk-head">
        <strong>{row.customer ?? 'Customer'}</strong>
        {row.queue && <span>{row.queue}</span>}
        <span>{STATUSES[status]}</span>
      </header>
      {problem !== null && <p className="tl-alert">This call cannot be read ({problem.code}).</p>}
      <AlertLine alerts={alerts} />
    </>
  );
}

function LastWords({ utterances }: { utterances: readonly ShownUtterance[] }) {
  const last = utterances.findLast((utterance) => utterance.participant === 'customer');
  if (last === undefined) return null;
  return (
    <p className="tl-last">
      <Words utterance={last} />
    </p>
  );
}

interface PartProps {
  session: VoiceSession;
  sentence: (id: string) => ShownUtterance | null;
}

function Rest({ session, sentence, onSentence }: PartProps & { onSentence: (id: string) => void }) {
  const { entries, check } = useChecklist(session);
  const { playbooks, workflows, go } = useWorkflows(session);
  const { messages } = useMessages(session);
  const quote = (id: string) => {
    const utterance = sentence(id);
    return utterance === null ? null : <Words utterance={utterance} />;
  };
  return (
    <>
      <Messages messages={messages} />
      {entries.length > 0 && (
        <Checklist
          entries={entries}
          onCheck={(entry, done) => void check(entry, done)}
          quote={quote}
          onQuote={onSentence}
        />
      )}
      {session.status !== 'ended' && (
        <WorkflowSteps
          playbooks={playbooks}
          workflows={workflows}
          onStep={(workflow, step) => void go(workflow, step)}
        />
      )}
    </>
  );
}

function After({ session, sentence }: PartProps) {
  const { summary, save } = useSummary(session);
  const { playbooks } = useWorkflows(session);
  if (summary === null) return <p className="tl-note">The summary is being written.</p>;
  const quote = (id: string) => {
    const utterance = sentence(id);
    return utterance === null ? null : plainWords(utterance);
  };
  return (
    <SummaryEditor
      summary={summary}
      dispositions={playbooks.flatMap((playbook) => playbook.dispositions ?? [])}
      quote={quote}
      onSave={(draft) => void save(draft)}
      onCopy={(text) => void navigator.clipboard.writeText(text)}
    />
  );
}
