import type { SummaryWritten } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { actOf, draftOf, plainText } from './summary.ts';

const sayOf = (id: string) => (id === 'c-1' ? 'You charged me twice.' : null);
const written: SummaryWritten = {
  complete: true,
  source: 'extracted',
  sections: [
    { id: 'why', title: 'Why they called', points: [{ utterance: 'c-1' }, { utterance: 'gone' }] },
  ],
  actions: [{ text: 'Send a text.' }],
  disposition: { code: 'refund', title: 'Refund given' },
  at_ms: 9,
};
const dispositions = [{ code: 'refund', title: 'Refund given' }];

test('sentences of the call are written out, and keep their utterance while they stay as they are', () => {
  const draft = draftOf(written, sayOf);
  expect(draft.sections[0]?.text).toBe('You charged me twice.');
  const text = 'You charged me twice.\n  And never again. \n\n';
  const act = actOf(
    { ...draft, sections: [{ id: 'why', title: 'Why they called', text }] },
    written,
    dispositions,
    sayOf,
  );
  expect(act.data.sections[0]?.points).toEqual([
    { utterance: 'c-1' },
    { text: 'And never again.' },
  ]);
  expect(act.data.disposition).toEqual({ code: 'refund', title: 'Refund given' });
});

test('a call without a summary can still be summed up', () => {
  const draft = draftOf(null, sayOf);
  expect(draft.sections.map(({ title }) => title)).toEqual(['Summary']);
  expect(actOf(draft, null, [], sayOf).data.disposition).toBeNull();
});

test('what is copied has a heading for each part that says something', () => {
  expect(plainText(draftOf(written, sayOf), dispositions)).toBe(
    'Why they called\nYou charged me twice.\n\nTo do\nSend a text.\n\nDisposition: Refund given',
  );
});
