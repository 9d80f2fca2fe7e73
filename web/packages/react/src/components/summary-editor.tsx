import type { Disposition, SummaryPoint, SummarySection, SummaryWritten } from '@trunkline/client';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';

/** A summary as a person leaves it. */
export interface SummaryDraft {
  sections: SummarySection[];
  actions: SummaryPoint[];
  disposition: Disposition | null;
}

export interface SummaryEditorProps {
  summary: SummaryWritten;
  dispositions: readonly Disposition[];
  /** The words of a sentence that the summary names. */
  quote: (utterance: string) => string | null;
  onSave: (draft: SummaryDraft) => void;
  onCopy?: (text: string) => void;
}

const SOURCES: Record<SummaryWritten['source'], string> = {
  extracted: 'Sentences of the call',
  model: 'Written by a model',
  person: 'Edited',
};

/** The summary of a call: read, corrected line by line, copied and saved. A new one from the server replaces it. */
export function SummaryEditor(props: SummaryEditorProps) {
  // What a person began to write stays until the server has a newer summary.
  return <Editor key={`${props.summary.at_ms}/${props.summary.source}`} {...props} />;
}

function Editor({ summary, dispositions, quote, onSave, onCopy }: SummaryEditorProps) {
  const [sections, setSections] = useState(() =>
    summary.sections.map((section) => linesOf(section.points, quote)),
  );
  const [actions, setActions] = useState(() => linesOf(summary.actions, quote));
  const [code, setCode] = useState(summary.disposition?.code ?? '');
  const draft = (): SummaryDraft => ({
    sections: summary.sections.map((section, index) => ({
      ...section,
      points: pointsOf(sections[index] ?? '', section.points, quote),
    })),
    actions: pointsOf(actions, summary.actions, quote),
    disposition: dispositions.find((one) => one.code === code) ?? null,
  });
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    onSave(draft());
  };
  return (
    <form className="tl-summary" aria-label="Summary" onSubmit={save}>
      <p className="tl-note">
        {SOURCES[summary.source]}
        {summary.by ? ` (${summary.by})` : ''}
        {summary.complete ? '' : ', so far'}
      </p>
      {summary.sections.map((section, index) => (
        <Lines
          key={section.id}
          title={section.title}
          value={sections[index] ?? ''}
          onChange={(value) => setSections((before) => before.with(index, value))}
        />
      ))}
      <Lines title="To do" value={actions} onChange={setActions} />
      {dispositions.length > 0 && (
        <label>
          <span>Disposition</span>
          <select value={code} onChange={(change) => setCode(change.currentTarget.value)}>
            <option value="">Choose…</option>
            {dispositions.map((one) => (
              <option key={one.code} value={one.code}>
                {one.title}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="tl-card-acts">
        <button type="submit" className="tl-button tl-button-strong">
          Save
        </button>
        {onCopy && (
          <button
            type="button"
            className="tl-button"
            onClick={() => onCopy(plainSummary(draft(), quote))}
          >
            Copy
          </button>
        )}
      </div>
    </form>
  );
}

interface LinesProps {
  title: string;
  value: string;
  onChange: (value: string) => void;
}

function Lines({ title, value, onChange }: LinesProps) {
  const rows = Math.min(12, Math.max(2, value.split('\n').length));
  return (
    <label>
      <span>{title}</span>
      <textarea
        rows={rows}
        value={value}
        maxLength={8000}
        onChange={(change) => onChange(change.currentTarget.value)}
      />
    </label>
  );
}

type Quote = (utterance: string) => string | null;

function lineOf(point: SummaryPoint, quote: Quote): string {
  return point.text ?? (point.utterance ? (quote(point.utterance) ?? '') : '');
}

function linesOf(points: readonly SummaryPoint[], quote: Quote): string {
  return points
    .map((point) => lineOf(point, quote))
    .filter((line) => line !== '')
    .join('\n');
}

/** A line that was left as it was keeps naming its sentence, so that what is masked later is masked here, too. */
function pointsOf(text: string, before: readonly SummaryPoint[], quote: Quote): SummaryPoint[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => before.find((point) => lineOf(point, quote) === line) ?? { text: line });
}

/** A summary as plain text, for a clipboard or another system. */
export function plainSummary(summary: SummaryDraft, quote: Quote): string {
  const part = (title: string, points: readonly SummaryPoint[]) => {
    const lines = points.map((point) => lineOf(point, quote)).filter((line) => line !== '');
    return lines.length === 0 ? [] : [title, ...lines.map((line) => `- ${line}`), ''];
  };
  return [
    ...summary.sections.flatMap((section) => part(section.title, section.points)),
    ...part('To do', summary.actions),
    ...(summary.disposition ? [`Disposition: ${summary.disposition.title}`] : []),
  ]
    .join('\n')
    .trim();
}
