import type { ShownUtterance } from '@trunkline/client/console';
import { Sentence } from '../../ui/words.tsx';
import css from './desk.module.css';

/** As many words as are taken in at a glance; of a longer sentence its end counts. */
const MAX_WORDS = 32;

/** What the customer said last, words in the making included. */
export function LastWords({ utterances }: { utterances: readonly ShownUtterance[] }) {
  const last = utterances.findLast(({ participant }) => participant === 'customer');
  if (last === undefined) return <p className={css.noWords}>The customer has not spoken yet.</p>;
  const cut = Math.max(0, last.words.length - MAX_WORDS);
  return (
    <section className={css.lastWords} aria-label="The customer's last words">
      <h2>Customer</h2>
      <p data-partial={!last.settled || undefined}>
        {cut > 0 && '… '}
        <Sentence utterance={{ ...last, words: last.words.slice(cut) }} />
      </p>
    </section>
  );
}
