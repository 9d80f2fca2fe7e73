import { Button, Kbd, VisuallyHidden } from '@mantine/core';
import { IconBellOff } from '@tabler/icons-react';
import type { CallView, HintShown } from '@trunkline/client/console';
import { shownUtterances } from '@trunkline/client/console';
import { useMemo, useState } from 'react';
import { useKeys } from '../../ui/use-keys.ts';
import { AlertLine } from '../guide/alerts.tsx';
import { Checklist, checklistCount } from '../guide/checklist.tsx';
import { HintCard } from '../guide/hint-card.tsx';
import { cardOn, earlierCards } from '../guide/hints.ts';
import { sayingsOf } from '../guide/summary.ts';
import { useActs } from '../guide/use-acts.ts';
import { Workflow, runningWorkflow } from '../guide/workflow.tsx';
import { useCallMs } from './desk-head.tsx';
import { DeskMessage } from './desk-message.tsx';
import { DeskTranscript } from './desk-transcript.tsx';
import css from './desk.module.css';
import { KnowledgeSearch } from './knowledge-search.tsx';
import { LastWords } from './last-words.tsx';

/** A call that goes on: last words, one card, what is left to do. Keys work anywhere but in fields. */
export function LiveDesk({ callId, view }: { callId: string; view: CallView }) {
  const { guidance } = view;
  const acts = useActs(callId);
  const callMs = useCallMs(view);
  const utterances = useMemo(() => shownUtterances(view.transcript), [view.transcript]);
  const sayOf = useMemo(() => sayingsOf(utterances), [utterances]);
  const [back, setBack] = useState(0);
  const [expanded, setExpanded] = useState<string | null>(null);
  const [shownAt, showTranscript] = useState<string | boolean>(false);
  const shown = useCard(view, acts.putAway, back, callMs, () => setBack(0));
  const earlier = earlierCards(guidance, shown?.isEarlier ? null : (shown?.hint ?? null)).length;
  const running = runningWorkflow(guidance);

  const use = () => {
    if (shown === null) return;
    acts.hint(shown.hint.id, 'accepted');
    setBack(0);
  };
  const dismiss = () => {
    if (shown !== null && !shown.isEarlier) acts.hint(shown.hint.id, 'dismissed');
    setBack(0);
  };
  const expand = () => {
    if (shown === null) return;
    const isOpening = expanded !== shown.hint.id;
    setExpanded(isOpening ? shown.hint.id : null);
    if (isOpening) acts.hint(shown.hint.id, 'expanded');
  };
  const next = () => setBack((before) => (before >= earlier ? 0 : before + 1));
  const mute = () => acts.mute(!guidance.muted);
  useKeys({
    Enter: use,
    a: use,
    Escape: dismiss,
    e: expand,
    n: next,
    m: mute,
    t: () => showTranscript((before) => before === false),
  });
  return (
    <>
      <AlertLine alerts={guidance.alerts} />
      <div className={css.columns}>
        <div className={css.main}>
          <LastWords utterances={utterances} />
          <DeskMessage messages={guidance.messages} />
          <section className={css.slot} aria-label="Suggestion">
            {shown !== null ? (
              <HintCard
                hint={shown.hint}
                callMs={callMs}
                isEarlier={shown.isEarlier}
                isExpanded={expanded === shown.hint.id}
                onExpand={expand}
                onUse={use}
                onDismiss={dismiss}
              />
            ) : (
              <p className={css.quiet}>
                {guidance.muted ? (
                  <>
                    <IconBellOff size={16} aria-hidden /> You muted suggestions.
                  </>
                ) : guidance.playbooks.length === 0 ? (
                  'No playbook guides this call.'
                ) : (
                  'No suggestion now.'
                )}
              </p>
            )}
            <div className={css.slotActs}>
              {earlier > 0 && (
                <Button size="compact-xs" variant="subtle" color="gray" onClick={next}>
                  Earlier cards <Kbd className={css.key}>n</Kbd>
                </Button>
              )}
              <Button size="compact-xs" variant="subtle" color="gray" onClick={mute}>
                {guidance.muted ? 'Unmute' : 'Mute'} <Kbd className={css.key}>m</Kbd>
              </Button>
            </div>
          </section>
          <Announcer hint={shown?.isEarlier ? null : (shown?.hint ?? null)} />
          {acts.failure !== null && <p className={css.failure}>{acts.failure}.</p>}
        </div>
        <div className={css.side}>
          {running !== null && (
            <section className={css.part}>
              <h2>{running.outline.title}</h2>
              <Workflow running={running} onStep={(step) => acts.workflow(running.entry, step)} />
            </section>
          )}
          {guidance.checklist.length > 0 && (
            <section className={css.part}>
              <h2>Checklist {checklistCount(guidance.checklist)}</h2>
              <Checklist
                entries={guidance.checklist}
                sayOf={sayOf}
                onCheck={acts.check}
                onShow={(utterance) => showTranscript(utterance)}
              />
            </section>
          )}
          <KnowledgeSearch callId={callId} />
          <DeskTranscript
            utterances={utterances}
            agent={view.agent?.name ?? null}
            shown={shownAt}
            onToggle={() => showTranscript((before) => before === false)}
          />
        </div>
      </div>
    </>
  );
}

/** The card on show. A new one ends the looking back. */
function useCard(
  view: CallView,
  putAway: ReadonlySet<string>,
  back: number,
  callMs: number,
  onNew: () => void,
) {
  const newest = view.guidance.hint?.id ?? null;
  const [seen, setSeen] = useState(newest);
  if (seen !== newest) {
    setSeen(newest);
    if (newest !== null && back > 0) onNew();
  }
  return cardOn(view.guidance, putAway, back, callMs);
}

/** The one region that speaks to screen readers: cards, as they come, and nothing else. */
function Announcer({ hint }: { hint: HintShown | null }) {
  const text = hint === null ? '' : [hint.title, hint.suggestion ?? ''].join('. ');
  return (
    <VisuallyHidden aria-live="polite" role="status">
      {text}
    </VisuallyHidden>
  );
}
