import type { Event, HintShown } from '@trunkline/api-types';
import { expect, test } from 'vitest';
import { createClient } from '../client.ts';
import type { Telemetry } from '../core.ts';
import { FaultyServer } from '../faulty-server.ts';
import { utterance } from '../testing.ts';
import { TRANSPORTS } from '../transports/transport.ts';
import type { VoiceSession } from './session.ts';

const started: Event = {
  type: 'call_started',
  data: { contact_id: 'contact-of-c', started_at_ms: 1_000, sample_rate_hz: 8_000, stream: 's' },
};
const hold = (type: 'hold_started' | 'hold_ended'): Event => ({ type, data: { at_ms: 1 } });
const ended: Event = { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 5_000 } };
const card: HintShown = {
  id: 'h-1',
  playbook: 'sales',
  version: 1,
  rule: 'refund',
  kind: 'standard',
  title: 'Offer a refund',
  why: 'The customer asked',
  priority: 50,
  at_ms: 10,
  life_ms: 30_000,
};

let servers = 0;

function voice(server: FaultyServer, options: object = {}) {
  const client = createClient({
    origin: `http://desk-${++servers}`,
    environment: server.environment,
    ...options,
  });
  const sessions: VoiceSession[] = [];
  const calls = client.voice();
  calls.onSession((session) => sessions.push(session));
  return { client, calls, sessions };
}

test('gives the calls that are there and those that begin, once each', async () => {
  const server = new FaultyServer();
  server.log('a', started);
  const { sessions } = voice(server);
  await server.environment.pass(1_000);
  server.log('b', started);
  server.log('b', hold('hold_started'));
  await server.environment.pass(1_000);
  server.drop('websocket');
  await server.environment.pass(5_000);
  expect(sessions.map((session) => session.id)).toEqual(['a', 'b']);
  expect(sessions[0]).toMatchObject({ contactId: 'contact-of-a', status: 'started' });
});

test('sees hold and end on every transport', async () => {
  for (const transport of TRANSPORTS) {
    const server = new FaultyServer();
    server.log('c', started);
    const { sessions } = voice(server, { transport });
    await server.environment.pass(1_000);
    const seen: string[] = [];
    sessions[0]?.onStatusChange((status) => seen.push(status));
    for (const event of [hold('hold_started'), hold('hold_ended'), ended]) {
      server.log('c', event);
      await server.environment.pass(100);
    }
    expect(seen).toEqual(['on-hold', 'started', 'ended']);
    expect(sessions[0]?.endTime).toEqual(new Date(6_000));
  }
});

test('learns of an end that came while it was away', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const { sessions } = voice(server);
  await server.environment.pass(1_000);
  for (const name of TRANSPORTS) server.ways[name] = 'refused';
  server.drop('websocket');
  server.log('c', ended);
  await server.environment.pass(60_000);
  expect(sessions[0]?.status).toBe('started');
  for (const name of TRANSPORTS) server.ways[name] = 'works';
  await server.environment.pass(30_000);
  expect(sessions[0]?.status).toBe('ended');
});

test('gives only the calls of its profile', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const other = voice(server, { profile: 'support' });
  const same = voice(server, { profile: 'sales' });
  await server.environment.pass(1_000);
  expect(other.sessions).toEqual([]);
  expect(same.sessions).toHaveLength(1);
});

test('ties a contact to its call, also before the call begins', async () => {
  const server = new FaultyServer();
  const { calls } = voice(server);
  const waiting = calls.byContact('contact-of-c');
  await server.environment.pass(1_000);
  server.log('c', started);
  await server.environment.pass(1_000);
  expect((await waiting).id).toBe('c');
  const stop = new AbortController();
  const inVain = calls.byContact('nobody', { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(inVain).rejects.toThrow('enough');
});

test('follows words and cards of a call once somebody looks', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const { sessions } = voice(server);
  await server.environment.pass(1_000);
  const session = sessions[0];
  const words: string[] = [];
  session?.transcript.subscribe((list) =>
    words.push(list.map((one) => one.words.map((word) => word.text).join(' ')).join('|')),
  );
  const cards: string[] = [];
  session?.hints.onHint((hint) => cards.push(hint.title));
  await server.environment.pass(1_000);
  server.tell('c', { type: 'utterance_updated', data: utterance(1_000, 'my') });
  await server.environment.pass(100);
  server.log('c', {
    type: 'utterance_completed',
    data: utterance(1_000, 'my <b>refund</b>', { revision: 2 }),
  });
  server.log('c', { type: 'hint_shown', data: card });
  await server.environment.pass(100);
  expect(words).toEqual(['my', 'my <b>refund</b>']);
  expect(cards).toEqual(['Offer a refund']);
  server.log('c', {
    type: 'hint_changed',
    data: { id: 'h-1', rule: 'refund', outcome: 'expired', at_ms: 30_010 },
  });
  await server.environment.pass(100);
  expect(session?.hints.value).toBeNull();
  expect(session?.hints.all.value[0]?.outcomes).toMatchObject([{ outcome: 'expired' }]);
});

test('sends an act once, again while nobody answers, under one id', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const measured: Telemetry[] = [];
  const { sessions } = voice(server, {
    interceptors: { telemetry: (one: Telemetry) => measured.push(one) },
  });
  await server.environment.pass(1_000);
  const session = sessions[0];
  session?.open();
  server.log('c', { type: 'hint_shown', data: card });
  await server.environment.pass(1_000);
  const { fetch } = server.environment;
  let refused = 0;
  server.environment.fetch = (url, init) => {
    if (!url.endsWith('/acts') || refused++ >= 2) return fetch(url, init);
    return Promise.reject(new TypeError('away'));
  };
  const hint = session?.hints.value;
  hint?.shown();
  hint?.shown();
  const taken = Promise.all([hint?.accept(), hint?.accept()]);
  await server.environment.pass(30_000);
  expect(await taken).toEqual([true, true]);
  expect(server.acts).toMatchObject([{ type: 'hint', data: { id: 'h-1', outcome: 'accepted' } }]);
  expect(measured).toMatchObject([{ type: 'hint_rendered', hintId: 'h-1' }]);
});

test('tells nothing after its end', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const { client, calls, sessions } = voice(server);
  await server.environment.pass(1_000);
  const seen: string[] = [];
  sessions[0]?.onStatusChange((status) => seen.push(status));
  sessions[0]?.destroy();
  server.log('c', hold('hold_started'));
  await server.environment.pass(1_000);
  expect(seen).toEqual([]);
  expect(calls.sessions.value).toEqual([]);
  client.close();
  await server.environment.pass(60_000);
  expect(server.open).toEqual([]);
});

test('an interceptor sees each event first and may keep it back', async () => {
  const server = new FaultyServer();
  server.log('c', started);
  const types: string[] = [];
  const { sessions } = voice(server, {
    interceptors: {
      event: (event: { type: string }) => {
        types.push(event.type);
        return event.type === 'hold_started' ? null : event;
      },
    },
  });
  await server.environment.pass(1_000);
  server.log('c', hold('hold_started'));
  await server.environment.pass(1_000);
  expect(types).toEqual(['hold_started']);
  expect(sessions[0]?.status).toBe('started');
});
