import type { EntityKind, TranscriptUtterance } from '@trunkline/client/console';
import { maskName } from './format.ts';
import css from './ui.module.css';

/** Stands where something was masked. It can be selected and copied as `[card]`, and holds nothing else. */
export function MaskPill({ kind }: { kind: EntityKind }) {
  return (
    <span className={css.mask} title={`${maskName(kind)}, masked`}>
      <span className={css.bracket}>[</span>
      {kind.replaceAll('_', ' ')}
      <span className={css.bracket}>]</span>
    </span>
  );
}

/** A sentence on one line, for lists. */
export function Sentence({ utterance }: { utterance: TranscriptUtterance }) {
  return utterance.words.map((word, index) => (
    <span key={index}>
      {index > 0 && ' '}
      {word.masked ? <MaskPill kind={word.masked} /> : word.text}
    </span>
  ));
}
