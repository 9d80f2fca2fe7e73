/** React hooks and the parts of an agent's desk. Whatever callers, models and people wrote is shown as text. */
export { AlertLine, Messages, WorkflowSteps } from './components/lines.tsx';
export type { WorkflowStepsProps } from './components/lines.tsx';
export { Checklist } from './components/checklist.tsx';
export type { ChecklistProps } from './components/checklist.tsx';
export { HintAnnouncer, HintCard } from './components/hint-card.tsx';
export type { HintCardProps } from './components/hint-card.tsx';
export { SearchBox } from './components/search-box.tsx';
export type { SearchBoxProps } from './components/search-box.tsx';
export { plainSummary, SummaryEditor } from './components/summary-editor.tsx';
export type { SummaryDraft, SummaryEditorProps } from './components/summary-editor.tsx';
export { Transcript } from './components/transcript.tsx';
export type { TranscriptProps } from './components/transcript.tsx';
export { callTime, plainWords, Words } from './components/words.tsx';
