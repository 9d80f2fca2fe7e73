import { Button, CopyButton, NativeSelect, Textarea } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCopy } from '@tabler/icons-react';
import type { CallView, SummaryWritten } from '@trunkline/client/console';
import { shownUtterances } from '@trunkline/client/console';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { Checklist, checklistCount } from '../guide/checklist.tsx';
import type { SummaryDraft } from '../guide/summary.ts';
import {
  actOf,
  dispositionsOf,
  draftOf,
  plainText,
  sayingsOf,
  sourceName,
} from '../guide/summary.ts';
import { useActs } from '../guide/use-acts.ts';
import { DeskTranscript } from './desk-transcript.tsx';
import css from './desk.module.css';
import { useKeys } from '../../ui/use-keys.ts';

/** After the call: the summary to correct, how it is wrapped up, and what the checklist came to. */
export function AfterCall({ callId, view }: { callId: string; view: CallView }) {
  const { guidance } = view;
  const utterances = useMemo(() => shownUtterances(view.transcript), [view.transcript]);
  const sayOf = useMemo(() => sayingsOf(utterances), [utterances]);
  const [shownAt, showTranscript] = useState<string | boolean>(false);
  const toggle = () => showTranscript((before) => before === false);
  useKeys({ t: toggle });
  const missed = guidance.checklist.filter(({ required, state }) => required && state !== 'done');
  return (
    <div className={css.columns}>
      <div className={css.main}>
        <SummaryForm callId={callId} view={view} sayOf={sayOf} />
      </div>
      <div className={css.side}>
        {guidance.checklist.length > 0 && (
          <section className={css.part}>
            <h2>Checklist {checklistCount(guidance.checklist)}</h2>
            {missed.length > 0 && (
              <p className={css.missed}>
                <IconAlertTriangle size={16} aria-hidden />
                <span>Required and not done: {missed.map(({ title }) => title).join(', ')}</span>
              </p>
            )}
            <Checklist
              entries={guidance.checklist}
              sayOf={sayOf}
              onShow={(utterance) => showTranscript(utterance)}
            />
          </section>
        )}
        <DeskTranscript
          utterances={utterances}
          agent={view.agent?.name ?? null}
          shown={shownAt}
          onToggle={toggle}
        />
        <p className={css.part}>
          <Link to={`/calls/${encodeURIComponent(callId)}`} target="_blank">
            The whole call
          </Link>
        </p>
      </div>
    </div>
  );
}

interface SummaryFormProps {
  callId: string;
  view: CallView;
  sayOf: (utterance: string) => string | null;
}

/** What its reader typed stays, also when a newer summary comes; then it is said, and can be taken. */
function SummaryForm({ callId, view, sayOf }: SummaryFormProps) {
  const { summary } = view.guidance;
  const acts = useActs(callId);
  const dispositions = dispositionsOf(view.guidance);
  const [edited, setEdited] = useState<{ from: SummaryWritten | null; draft: SummaryDraft } | null>(
    null,
  );
  const [saved, setSaved] = useState(false);
  const draft = edited?.draft ?? draftOf(summary, sayOf);
  const isNewer = edited !== null && edited.from !== summary && summary?.source !== 'person';
  const change = (next: SummaryDraft) => {
    setSaved(false);
    setEdited({ from: edited?.from ?? summary, draft: next });
  };
  const save = () => {
    void acts.send(actOf(draft, summary, dispositions, sayOf)).then((isTaken) => {
      if (!isTaken) return;
      setSaved(true);
      setEdited(null);
    });
  };
  return (
    <form
      className={css.summary}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div>
        <h2>Summary</h2>
        <p className={css.dim}>
          {summary === null
            ? 'None was written; yours is kept.'
            : `${sourceName(summary)}.${summary.complete ? '' : ' The end of the call is still being taken in.'}`}
        </p>
      </div>
      {isNewer && (
        <p className={css.newer}>
          A newer summary is there.{' '}
          <Button size="compact-xs" variant="default" onClick={() => setEdited(null)}>
            Take it instead
          </Button>
        </p>
      )}
      {draft.sections.map((section, at) => (
        <Textarea
          key={section.id}
          label={section.title}
          autosize
          minRows={2}
          maxLength={2000}
          value={section.text}
          onChange={(event) => {
            const text = event.currentTarget.value;
            change({ ...draft, sections: draft.sections.with(at, { ...section, text }) });
          }}
        />
      ))}
      <Textarea
        label="To do"
        autosize
        minRows={1}
        maxLength={2000}
        value={draft.actions}
        onChange={(event) => change({ ...draft, actions: event.currentTarget.value })}
      />
      {dispositions.length > 0 && (
        <NativeSelect
          label="Disposition"
          value={draft.disposition ?? ''}
          onChange={(event) => change({ ...draft, disposition: event.currentTarget.value || null })}
          data={[
            { value: '', label: 'Choose…' },
            ...dispositions.map(({ code, title }) => ({ value: code, label: title })),
          ]}
        />
      )}
      <div className={css.formActs}>
        <Button type="submit" loading={acts.isBusy}>
          Save
        </Button>
        <CopyButton value={plainText(draft, dispositions)}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={
                copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />
              }
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <span role="status" className={css.dim}>
          {saved && 'Saved.'}
        </span>
      </div>
      {acts.failure !== null && <p className={css.failure}>{acts.failure}.</p>}
    </form>
  );
}
