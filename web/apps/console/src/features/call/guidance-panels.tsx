import type { CallView, ShownUtterance } from '@trunkline/client/console';
import { useMemo, useState } from 'react';
import { clock } from '../../ui/format.ts';
import { AlertPill } from '../guide/alerts.tsx';
import { Checklist, checklistCount } from '../guide/checklist.tsx';
import { HintCard } from '../guide/hint-card.tsx';
import { earlierCards, outcomeName } from '../guide/hints.ts';
import { sayingsOf } from '../guide/summary.ts';
import { SummaryText } from '../guide/summary-text.tsx';
import { Workflow, runningWorkflow } from '../guide/workflow.tsx';
import { CallMetricsTable } from './call-metrics.tsx';
import css from './call.module.css';
import { Messages } from './messages.tsx';

/** So many of the cards before the one on show. */
const MAX_EARLIER = 8;

interface GuidancePanelsProps {
  callId: string;
  view: CallView;
  utterances: readonly ShownUtterance[];
  /** Leads to a sentence. */
  onShow: (utterance: string) => void;
}

/** What guidance says of the call, for who looks on: alerts, the card on show, the checklist, how it goes. */
export function GuidancePanels({ callId, view, utterances, onShow }: GuidancePanelsProps) {
  const { guidance, ended } = view;
  const sayOf = useMemo(() => sayingsOf(utterances), [utterances]);
  const [expanded, setExpanded] = useState<string | null>(null);
  const running = ended === null ? runningWorkflow(guidance) : null;
  if (guidance.playbooks.length === 0 && guidance.summary === null)
    return ended === null ? (
      <section className={css.panel}>
        <h2>Guidance</h2>
        <p className={css.faint}>No playbook guides this call.</p>
        <Messages callId={callId} messages={guidance.messages} isLive />
      </section>
    ) : null;
  return (
    <>
      {guidance.alerts.length > 0 && (
        <section className={css.panel}>
          <h2>Alerts</h2>
          <ul className={css.pills}>
            {guidance.alerts.map((alert) => (
              <li key={alert.id}>
                <AlertPill alert={alert} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {ended !== null && guidance.summary !== null && (
        <section className={css.panel}>
          <h2>Summary</h2>
          <SummaryText summary={guidance.summary} sayOf={sayOf} onShow={onShow} />
        </section>
      )}
      {ended === null && (
        <section className={css.panel}>
          <h2>{guidance.muted ? 'Suggestion (muted by the agent)' : 'Suggestion'}</h2>
          {guidance.hint === null ? (
            <p className={css.faint}>None now.</p>
          ) : (
            <HintCard
              hint={guidance.hint}
              callMs={null}
              isEarlier={false}
              isExpanded={expanded === guidance.hint.id}
              onExpand={() =>
                setExpanded((before) =>
                  before === guidance.hint?.id ? null : (guidance.hint?.id ?? null),
                )
              }
            />
          )}
        </section>
      )}
      {running !== null && (
        <section className={css.panel}>
          <h2>{running.outline.title}</h2>
          <Workflow running={running} />
        </section>
      )}
      {guidance.checklist.length > 0 && (
        <section className={css.panel}>
          <h2>Checklist {checklistCount(guidance.checklist)}</h2>
          <Checklist entries={guidance.checklist} sayOf={sayOf} onShow={onShow} />
        </section>
      )}
      {(ended === null || guidance.messages.length > 0) && (
        <section className={css.panel}>
          <h2>Messages</h2>
          <Messages callId={callId} messages={guidance.messages} isLive={ended === null} />
        </section>
      )}
      {guidance.metrics !== null && (
        <section className={css.panel}>
          <h2>How it goes</h2>
          <CallMetricsTable metrics={guidance.metrics} series={guidance.series} />
        </section>
      )}
      <Cards view={view} onShow={onShow} />
    </>
  );
}

/** The cards so far, and what became of each. */
function Cards({ view, onShow }: Pick<GuidancePanelsProps, 'view' | 'onShow'>) {
  const earlier = earlierCards(view.guidance, view.guidance.hint).slice(0, MAX_EARLIER);
  if (earlier.length === 0) return null;
  return (
    <section className={css.panel}>
      <h2>Cards so far</h2>
      <ol className={css.events}>
        {earlier.map((hint) => (
          <li key={hint.id}>
            <span className={css.time}>{clock(hint.at_ms)}</span>
            <span>
              {hint.utterance == null ? (
                hint.title
              ) : (
                <button
                  type="button"
                  className={css.plain}
                  onClick={() => onShow(hint.utterance ?? '')}
                >
                  {hint.title}
                </button>
              )}
              <span className={css.faint}> {outcomeName(hint) ?? ''}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
