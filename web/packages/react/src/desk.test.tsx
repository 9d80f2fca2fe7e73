// @vitest-environment happy-dom
import type { Event, HintShown, TrunklineClient } from '@trunkline/client';
import { createClient } from '@trunkline/client';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { FaultyServer } from '../../client/src/faulty-server.ts';
import { utterance } from '../../client/src/testing.ts';
import { DeskPanel, TrunklineProvider, useSession } from './index.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const started: Event = {
  type: 'call_started',
  data: { contact_id: 'contact-of-c', started_at_ms: 1_000, sample_rate_hz: 8_000, stream: 's' },
};

const card: HintShown = {
  id: 'h-1',
  playbook: 'sales',
  version: 1,
  rule: 'refund',
  kind: 'knowledge',
  title: 'Offer a refund',
  why: 'The customer asked',
  suggestion: '<img src=x onerror=alert(1)>',
  source: { document: 'refunds.md', title: 'Refunds', passage: 'Within 14 days.' },
  priority: 50,
  at_ms: 10,
  life_ms: 30_000,
};

let servers = 0;

async function desk() {
  const server = new FaultyServer();
  server.log('c', started);
  const client = createClient({
    origin: `http://panel-${++servers}`,
    environment: server.environment,
  });
  const box = document.createElement('div');
  document.body.replaceChildren(box);
  const root = createRoot(box);
  const later = (does: () => void) =>
    act(async () => {
      does();
      await server.environment.pass(1_000);
    });
  await later(() => root.render(<Page client={client} />));
  // The list, the session, its snapshot: each is watched once the one before it is on the page.
  for (let turn = 0; turn < 3; turn++) await later(() => undefined);
  const press = (key: string, target: EventTarget = document.body) =>
    later(() => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
  return { server, box, later, press };
}

function Page({ client }: { client: TrunklineClient }) {
  return (
    <TrunklineProvider client={client}>
      <Contact />
    </TrunklineProvider>
  );
}

function Contact() {
  const session = useSession({ contactId: 'contact-of-c' });
  return session === null ? <p>No call</p> : <DeskPanel session={session} />;
}

test('shows the card as text, speaks it in the one live region, and takes it by a key', async () => {
  const { server, box, later, press } = await desk();
  await later(() => server.log('c', { type: 'hint_shown', data: card }));
  expect(box.querySelector('.tl-card-say')?.textContent).toBe('<img src=x onerror=alert(1)>');
  expect(box.querySelector('img')).toBeNull();
  const regions = box.querySelectorAll('[aria-live]');
  expect(regions).toHaveLength(1);
  expect(regions[0]?.textContent).toContain('Offer a refund');
  await press('e');
  expect(box.querySelector('blockquote')?.hidden).toBe(false);
  await press('a');
  expect(server.acts).toMatchObject([
    { type: 'hint', data: { outcome: 'expanded' } },
    { type: 'hint', data: { outcome: 'accepted' } },
  ]);
});

test('keys do nothing where somebody types', async () => {
  const { server, box, later, press } = await desk();
  await later(() => server.log('c', { type: 'hint_shown', data: card }));
  const input = box.querySelector('input[type=search]');
  await press('a', input ?? undefined);
  await press('Escape', input ?? undefined);
  expect(server.acts).toEqual([]);
  await press('/');
  expect(document.activeElement).toBe(input);
});

test('shows the last words of the customer, masked ones as such', async () => {
  const { server, box, later } = await desk();
  await later(() =>
    server.log('c', {
      type: 'utterance_completed',
      data: utterance(1_000, 'my number is [card]'),
    }),
  );
  expect(box.querySelector('.tl-last')?.textContent).toContain('my number is [card]');
});

test('ticks the checklist, and gives the summary to edit when the call is over', async () => {
  const { server, box, later } = await desk();
  const checklist = [{ id: 'greet', title: 'Greet', required: true }];
  const playbook = { id: 'sales', version: 1, digest: 'd', title: 'Sales', checklist };
  await later(() => server.log('c', { type: 'guidance_started', data: { playbooks: [playbook] } }));
  const item = box.querySelector<HTMLInputElement>('.tl-checklist input');
  await later(() => item?.click());
  expect(server.acts).toMatchObject([{ type: 'check', data: { item: 'greet', done: true } }]);
  await later(() => {
    server.log('c', { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 9_000 } });
    server.log('c', {
      type: 'summary_written',
      data: {
        complete: true,
        source: 'model',
        sections: [{ id: 'reason', title: 'Reason', points: [{ text: 'A refund' }] }],
        actions: [],
        at_ms: 9_000,
      },
    });
  });
  expect(box.querySelector('textarea')?.value).toBe('A refund');
  await later(() => box.querySelector<HTMLButtonElement>('.tl-summary [type=submit]')?.click());
  expect(server.acts.at(-1)).toMatchObject({
    type: 'summary',
    data: { sections: [{ points: [{ text: 'A refund' }] }], disposition: null },
  });
});
