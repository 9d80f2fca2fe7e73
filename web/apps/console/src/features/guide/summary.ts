import type {
  Act,
  Disposition,
  GuidanceView,
  ShownUtterance,
  SummaryPoint,
  SummaryWritten,
} from '@trunkline/client/console';

/** A summary as its reader edits it: each section is lines of text. */
export interface SummaryDraft {
  sections: { id: string; title: string; text: string }[];
  actions: string;
  /** The code of the disposition. */
  disposition: string | null;
}

type SayOf = (utterance: string) => string | null;

/** What the utterances say, by id. */
export function sayingsOf(utterances: readonly ShownUtterance[]): SayOf {
  const byId = new Map(utterances.map((one) => [one.id, one]));
  return (id) =>
    byId
      .get(id)
      ?.words.map(({ text }) => text)
      .join(' ') ?? null;
}

/** A point's text: what was written, or the sentence that it names; null when that is not known. */
export function textOf(point: SummaryPoint, sayOf: SayOf): string | null {
  return point.text ?? (point.utterance == null ? null : sayOf(point.utterance));
}

export function draftOf(summary: SummaryWritten | null, sayOf: SayOf): SummaryDraft {
  const lines = (points: readonly SummaryPoint[]) =>
    points.flatMap((point) => textOf(point, sayOf) ?? []).join('\n');
  const sections = summary?.sections ?? [{ id: 'summary', title: 'Summary', points: [] }];
  return {
    sections: sections.map(({ id, title, points }) => ({ id, title, text: lines(points) })),
    actions: lines(summary?.actions ?? []),
    disposition: summary?.disposition?.code ?? null,
  };
}

/** The draft as the server takes it. A line that still is a sentence of the call keeps naming it. */
export function actOf(
  draft: SummaryDraft,
  before: SummaryWritten | null,
  dispositions: readonly Disposition[],
  sayOf: SayOf,
): Extract<Act, { type: 'summary' }> {
  const pointsOf = (text: string, known: readonly SummaryPoint[]): SummaryPoint[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => known.find((point) => textOf(point, sayOf) === line) ?? { text: line });
  const { disposition } = draft;
  return {
    type: 'summary',
    data: {
      sections: draft.sections.map(({ id, title, text }) => ({
        id,
        title,
        points: pointsOf(text, before?.sections.find((one) => one.id === id)?.points ?? []),
      })),
      actions: pointsOf(draft.actions, before?.actions ?? []),
      disposition: dispositions.find(({ code }) => code === disposition) ?? null,
    },
  };
}

/** For another program's text field. */
export function plainText(draft: SummaryDraft, dispositions: readonly Disposition[]): string {
  const parts = draft.sections.filter(({ text }) => text.trim() !== '');
  const blocks = parts.map(({ title, text }) => `${title}\n${text.trim()}`);
  if (draft.actions.trim() !== '') blocks.push(`To do\n${draft.actions.trim()}`);
  const disposition = dispositions.find(({ code }) => code === draft.disposition);
  if (disposition !== undefined) blocks.push(`Disposition: ${disposition.title}`);
  return blocks.join('\n\n');
}

/** How calls under these playbooks can be wrapped up, each code once. */
export function dispositionsOf({ playbooks }: GuidanceView): Disposition[] {
  const all = playbooks.flatMap((playbook) => playbook.dispositions ?? []);
  return [...new Map(all.map((one) => [one.code, one])).values()];
}

/** Who wrote it, in words. */
export function sourceName(summary: SummaryWritten): string {
  switch (summary.source) {
    case 'extracted':
      return summary.fallback == null
        ? 'Sentences of the call, chosen without a model'
        : 'Sentences of the call: the model did not answer';
    case 'model':
      return `Written by a model${summary.by == null ? '' : `: ${summary.by}`}`;
    default:
      return `Corrected by ${summary.by ?? 'a person'}`;
  }
}
