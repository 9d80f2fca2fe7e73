/** React hooks and the parts of an agent's desk. Whatever callers, models and people wrote is shown as text. */
export { AlertLine, Messages, WorkflowSteps } from './components/lines.tsx';
export type { WorkflowStepsProps } from './components/lines.tsx';
export { Checklist } from './components/checklist.tsx';
export type { ChecklistProps } from './components/checklist.tsx';
export { DeskPanel } from './components/desk-panel.tsx';
export type { DeskPanelProps } from './components/desk-panel.tsx';
export { HintAnnouncer, HintCard } from './components/hint-card.tsx';
export type { HintCardProps } from './components/hint-card.tsx';
export { SearchBox } from './components/search-box.tsx';
export type { SearchBoxProps } from './components/search-box.tsx';
export { plainSummary, SummaryEditor } from './components/summary-editor.tsx';
export type { SummaryDraft, SummaryEditorProps } from './components/summary-editor.tsx';
export { Transcript } from './components/transcript.tsx';
export type { TranscriptProps } from './components/transcript.tsx';
export { callTime, plainWords, Words } from './components/words.tsx';
export {
  useAlerts,
  useAuth,
  useChecklist,
  useConnection,
  useHints,
  useMessages,
  useMetrics,
  useReadable,
  useRow,
  useSearch,
  useSession,
  useSessions,
  useStatus,
  useSummary,
  useTranscript,
  useWorkflows,
} from './hooks.ts';
export type {
  UsedAuth,
  UsedChecklist,
  UsedHints,
  UsedMessages,
  UsedSummary,
  UsedWorkflows,
} from './hooks.ts';
export { TrunklineProvider, useClient } from './provider.tsx';
export type { TrunklineProviderProps } from './provider.tsx';
