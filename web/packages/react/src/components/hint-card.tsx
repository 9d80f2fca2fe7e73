import type { HintKind, HintShown } from '@trunkline/client';
import { useEffect, useId } from 'react';

export interface HintCardProps {
  hint: HintShown;
  onAccept?: () => void;
  onDismiss?: () => void;
  /** Called when the source is opened; `expanded` says whether it is. */
  onExpand?: () => void;
  /** Called once per card, when it stands on the screen. */
  onShown?: () => void;
  expanded?: boolean;
}

const KINDS: Record<HintKind, string> = {
  standard: 'Suggestion',
  knowledge: 'From the documents',
  workflow: 'Next step',
  compliance: 'Must be said',
};

/** One card: what to do, what to say, why, and where it comes from. */
export function HintCard(props: HintCardProps) {
  const { hint, onAccept, onDismiss, onExpand, onShown, expanded = false } = props;
  const titleId = useId();
  const sourceId = useId();
  // A card is told as shown once, whatever the parent renders meanwhile.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => onShown?.(), [hint.id]);
  return (
    <article
      className="tl-card"
      data-hint={hint.id}
      data-kind={hint.kind}
      aria-labelledby={titleId}
    >
      <header className="tl-card-head">
        <span className="tl-card-kind">{KINDS[hint.kind]}</span>
        <h3 className="tl-card-title" id={titleId}>
          {hint.title}
        </h3>
      </header>
      {hint.suggestion && <p className="tl-card-say">{hint.suggestion}</p>}
      <p className="tl-card-why">
        {hint.why}
        {hint.model && <span className="tl-card-model"> Written by {hint.model}.</span>}
      </p>
      {hint.source && (
        <div className="tl-card-source">
          <button
            type="button"
            className="tl-link"
            aria-expanded={expanded}
            aria-controls={sourceId}
            onClick={onExpand}
          >
            {hint.source.title}
            {hint.source.heading ? `, ${hint.source.heading}` : ''}
          </button>
          <blockquote id={sourceId} hidden={!expanded}>
            {hint.source.passage}
          </blockquote>
        </div>
      )}
      <footer className="tl-card-acts">
        {onAccept && (
          <button type="button" className="tl-button tl-button-strong" onClick={onAccept}>
            Used
          </button>
        )}
        {onDismiss && (
          <button type="button" className="tl-button" onClick={onDismiss}>
            Dismiss
          </button>
        )}
      </footer>
    </article>
  );
}

/** The one region that a screen reader speaks by itself: the title and the words of the card on show. */
export function HintAnnouncer({ hint }: { hint: HintShown | null }) {
  return (
    <div className="tl-hidden" aria-live="polite" aria-atomic="true">
      {hint === null ? '' : `${hint.title}. ${hint.suggestion ?? hint.why}`}
    </div>
  );
}
