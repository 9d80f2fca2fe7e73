import type {
  AlertRaised,
  AuthState,
  CallMetrics,
  CallSummary,
  ChecklistEntry,
  ConnectionState,
  Hint,
  HintRecord,
  KnowledgeFound,
  MessageSent,
  PlaybookOutline,
  Readable,
  SearchOptions,
  SessionStatus,
  ShownUtterance,
  SummaryEdit,
  SummaryWritten,
  VoiceSession,
  WorkflowEntry,
} from '@trunkline/client';
import { useCallback, useSyncExternalStore } from 'react';
import { useClient, voiceOf } from './provider.tsx';

/** What a readable is now, and anew whenever it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  const subscribe = useCallback((tell: () => void) => readable.subscribe(tell), [readable]);
  const read = useCallback(() => readable.value, [readable]);
  return useSyncExternalStore(subscribe, read, read);
}

/** How the server can be reached. */
export function useConnection(): ConnectionState {
  return useReadable(useClient().connection);
}

export interface UsedAuth {
  state: AuthState;
  signIn: () => Promise<boolean>;
  signOut: () => void;
}

export function useAuth(): UsedAuth {
  const { auth } = useClient();
  const state = useReadable(auth);
  return { state, signIn: auth.signIn, signOut: auth.signOut };
}

/** The calls that the one who is signed in may see. */
export function useSessions(profile?: string): readonly VoiceSession[] {
  return useReadable(voiceOf(useClient(), profile).sessions);
}

/** One of them, by Connect's contact or by the call; `null` until it is there. */
export function useSession(
  which: { contactId: string } | { callId: string },
  profile?: string,
): VoiceSession | null {
  const sessions = useSessions(profile);
  const found = sessions.find((session) =>
    'callId' in which ? session.id === which.callId : session.contactId === which.contactId,
  );
  return found ?? null;
}

/** The session's row: whose call it is, since when, and how it stands. */
export function useRow(session: VoiceSession): CallSummary {
  return useReadable(session.row);
}

export function useStatus(session: VoiceSession): SessionStatus {
  useReadable(session.row);
  return session.status;
}

export function useTranscript(session: VoiceSession): readonly ShownUtterance[] {
  return useReadable(session.transcript);
}

export interface UsedHints {
  /** The card on show. */
  hint: Hint | null;
  all: readonly HintRecord[];
  muted: boolean;
  mute: (muted: boolean) => Promise<boolean>;
}

export function useHints(session: VoiceSession): UsedHints {
  const hint = useReadable(session.hints);
  const all = useReadable(session.hints.all);
  const muted = useReadable(session.hints.muted);
  return { hint, all, muted, mute: session.hints.mute };
}

export interface UsedChecklist {
  entries: readonly ChecklistEntry[];
  check: (entry: ChecklistEntry, done: boolean) => Promise<boolean>;
}

export function useChecklist(session: VoiceSession): UsedChecklist {
  const entries = useReadable(session.checklist);
  return {
    entries,
    check: ({ playbook, item }, done) => session.checklist.check(playbook, item, done),
  };
}

export interface UsedWorkflows {
  playbooks: readonly PlaybookOutline[];
  workflows: readonly WorkflowEntry[];
  go: (workflow: WorkflowEntry, step: string | null) => Promise<boolean>;
}

export function useWorkflows(session: VoiceSession): UsedWorkflows {
  const playbooks = useReadable(session.playbooks);
  const workflows = useReadable(session.workflows);
  return {
    playbooks,
    workflows,
    go: ({ playbook, workflow }, step) => session.workflows.go(playbook, workflow, step),
  };
}

export interface UsedSummary {
  summary: SummaryWritten | null;
  save: (edit: SummaryEdit) => Promise<boolean>;
}

export function useSummary(session: VoiceSession): UsedSummary {
  return { summary: useReadable(session.summary), save: session.summary.save };
}

export function useAlerts(session: VoiceSession): readonly AlertRaised[] {
  return useReadable(session.alerts);
}

export function useMetrics(session: VoiceSession): CallMetrics | null {
  return useReadable(session.metrics);
}

export interface UsedMessages {
  messages: readonly MessageSent[];
  send: (text: string) => Promise<boolean>;
}

export function useMessages(session: VoiceSession): UsedMessages {
  return { messages: useReadable(session.messages), send: session.messages.send };
}

/** Asks the documents: as the agent of a call, or outside of any. */
export function useSearch(
  session?: VoiceSession | null,
): (query: string, options?: SearchOptions) => Promise<KnowledgeFound> {
  const client = useClient();
  return session?.search ?? client.search;
}
