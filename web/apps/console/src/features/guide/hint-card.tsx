import { Button, Kbd } from '@mantine/core';
import {
  IconBook2,
  IconBulb,
  IconChevronDown,
  IconChevronUp,
  IconListCheck,
  IconShieldCheck,
} from '@tabler/icons-react';
import type { HintKind, HintShown } from '@trunkline/client/console';
import { clock } from '../../ui/format.ts';
import css from './guide.module.css';
import { kindName, lifeLeft } from './hints.ts';

const ICONS: Record<HintKind, typeof IconBulb> = {
  standard: IconBulb,
  knowledge: IconBook2,
  workflow: IconListCheck,
  compliance: IconShieldCheck,
};

export interface HintCardProps {
  hint: HintShown;
  /** Where the call is, for how long the card stays; null for one that stays as it is. */
  callMs: number | null;
  isEarlier: boolean;
  isExpanded: boolean;
  onExpand: () => void;
  /** Without these it is only looked at. */
  onUse?: () => void;
  onDismiss?: () => void;
}

/** One card: what to do, what to say, why, and where it comes from. Its keys are the page's. */
export function HintCard(props: HintCardProps) {
  const { hint, callMs, isEarlier, isExpanded } = props;
  const Icon = ICONS[hint.kind] as typeof IconBulb | undefined;
  return (
    <article className={css.card} data-kind={hint.kind} data-hint={hint.id}>
      <p className={css.kind}>
        {Icon && <Icon size={15} aria-hidden />}
        {kindName(hint.kind)}
        {isEarlier && ` · earlier, ${clock(hint.at_ms)}`}
      </p>
      <h2 className={css.title}>{hint.title}</h2>
      {hint.suggestion != null && <p className={css.say}>{hint.suggestion}</p>}
      {hint.why !== '' && <p className={css.why}>{hint.why}</p>}
      <Source hint={hint} isExpanded={isExpanded} onExpand={props.onExpand} />
      {props.onUse && props.onDismiss && (
        <div className={css.cardActs}>
          <Button size="compact-sm" onClick={props.onUse}>
            Used <Kbd className={css.key}>a</Kbd>
          </Button>
          <Button size="compact-sm" variant="default" onClick={props.onDismiss}>
            {isEarlier ? 'Back' : 'Dismiss'} <Kbd className={css.key}>Esc</Kbd>
          </Button>
        </div>
      )}
      {callMs !== null && !isEarlier && <Life left={lifeLeft(hint, callMs)} />}
    </article>
  );
}

interface SourceProps {
  hint: HintShown;
  isExpanded: boolean;
  onExpand: () => void;
}

/** Whence the text is. The passage itself is behind one key. */
function Source({ hint, isExpanded, onExpand }: SourceProps) {
  const { source, model } = hint;
  if (source == null && model == null) return null;
  return (
    <div className={css.source}>
      {source != null && (
        <>
          <button
            type="button"
            className={css.expand}
            aria-expanded={isExpanded}
            onClick={onExpand}
          >
            {isExpanded ? (
              <IconChevronUp size={15} aria-hidden />
            ) : (
              <IconChevronDown size={15} aria-hidden />
            )}
            <span>
              {source.title}
              {source.heading != null && `, ${source.heading}`}
            </span>
          </button>
          {isExpanded && <blockquote className={css.passage}>{source.passage}</blockquote>}
        </>
      )}
      {model != null && <p className={css.why}>Worded by a model: {model}</p>}
    </div>
  );
}

/** Ticks down once a second, like every clock of the page. */
function Life({ left }: { left: number }) {
  return (
    <svg className={css.life} viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden>
      <rect width={left * 100} height={2} />
    </svg>
  );
}
