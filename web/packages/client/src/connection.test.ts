import type { Envelope } from '@trunkline/api-types';
import { expect, test } from 'vitest';
import { Connection } from './connection.ts';
import { nobody } from './credentials.ts';
import { envelope, ScriptedEnvironment, utterance } from './testing.ts';
import { webSocketTransport } from './transports/websocket.ts';

function following(after = 0) {
  const environment = new ScriptedEnvironment();
  const connection = new Connection({
    environment,
    credentials: nobody,
    transports: [webSocketTransport('http://server', environment)],
    // These tests open their sockets when they like.
    timeouts: { connectMs: 60_000, wordMs: 60_000 },
  });
  const events: Envelope[] = [];
  const ends: string[] = [];
  const stop = new AbortController();
  connection.subscribe(
    { topic: 'call', call_id: 'call-1' },
    {
      after,
      signal: stop.signal,
      onEvent: (event) => events.push(event),
      onRefused: (code) => ends.push(code),
      onStale: () => ends.push('stale'),
    },
  );
  const spoken = (seq: number) => ({
    type: 'event',
    id: '1',
    event: envelope(seq, { type: 'utterance_completed', data: utterance(seq * 1000, 'yes') }),
  });
  const seqs = () => events.map((e) => e.seq);
  return { environment, connection, events, ends, stop, spoken, seqs };
}

test('subscribes with the cursor once the socket is open', () => {
  const { environment } = following(7);
  expect(environment.socket.sent).toEqual([]);
  environment.socket.handlers.onOpen();
  expect(environment.socket.sent).toEqual([
    { type: 'subscribe', id: '1', after: 7, topic: 'call', call_id: 'call-1' },
  ]);
});

test('resumes after the last event seen when the socket drops', () => {
  const { environment, connection, spoken } = following();
  environment.socket.handlers.onOpen();
  environment.socket.say(spoken(1));
  environment.socket.say(spoken(2));
  environment.socket.handlers.onClose();
  expect(connection.state).toMatchObject({ state: 'lost', attempt: 1 });
  environment.advance(10_000);
  environment.socket.handlers.onOpen();
  expect(environment.sockets).toHaveLength(2);
  expect(environment.socket.sent[0]).toMatchObject({ type: 'subscribe', after: 2 });
  environment.socket.say({ type: 'caught_up', id: '1', cursor: 2 });
  expect(connection.state.state).toBe('open');
});

test('drops events that come again', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const seq of [1, 2, 2, 1, 3]) environment.socket.say(spoken(seq));
  expect(seqs()).toEqual([1, 2, 3]);
});

test('asks again from its cursor when an event is missing, and takes none out of turn', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const seq of [1, 3, 4]) environment.socket.say(spoken(seq));
  expect(seqs()).toEqual([1]);
  expect(environment.socket.sent.at(-1)).toMatchObject({ type: 'subscribe', after: 1 });
  for (const seq of [2, 3, 4]) environment.socket.say(spoken(seq));
  environment.socket.say({ type: 'caught_up', id: '1', cursor: 4 });
  expect(seqs()).toEqual([1, 2, 3, 4]);
});

test('goes on over a hole that the server cannot fill', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const seq of [1, 3]) environment.socket.say(spoken(seq));
  for (let asked = 0; asked < 3; asked++) {
    expect(seqs()).toEqual([1]);
    environment.socket.say(spoken(3));
    environment.socket.say({ type: 'caught_up', id: '1', cursor: 3 });
  }
  expect(seqs()).toEqual([1, 3]);
});

test('puts events that change places back in order, without waiting for them to come again', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const seq of [1, 3, 4, 2, 6, 5]) environment.socket.say(spoken(seq));
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('asks for the last event, too, when it did not come', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  environment.socket.say(spoken(1));
  environment.socket.say({ type: 'caught_up', id: '1', cursor: 2 });
  expect(environment.socket.sent.at(-1)).toMatchObject({ type: 'subscribe', after: 1 });
  environment.socket.say(spoken(2));
  expect(seqs()).toEqual([1, 2]);
});

test('passes partials on without moving the cursor', () => {
  const { environment, spoken, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const seq of [0, 1, 0, 0]) environment.socket.say(spoken(seq));
  expect(seqs()).toEqual([0, 1, 0, 0]);
});

test('takes silence for a lost server', () => {
  const { environment, connection } = following();
  environment.socket.handlers.onOpen();
  environment.advance(30_000);
  environment.socket.say({ type: 'heartbeat', at_ms: 1 });
  environment.advance(30_000);
  expect(connection.state.state).toBe('open');
  environment.advance(5_001);
  expect(connection.state.state).toBe('lost');
  expect(environment.sockets[0]?.closed).toBe(true);
});

test('waits longer after each failed try and keeps the time since when', () => {
  const { environment, connection } = following();
  environment.socket.handlers.onClose();
  const first = connection.state;
  environment.advance(60_000);
  environment.socket.handlers.onClose();
  expect(first).toMatchObject({ state: 'lost', attempt: 1 });
  expect(connection.state).toMatchObject({ state: 'lost', sinceMs: first.sinceMs });
  expect(connection.state).not.toMatchObject({ attempt: 1 });
});

test('hears nothing from a socket that it gave up', () => {
  const { environment, spoken, seqs } = following();
  const old = environment.socket;
  old.handlers.onOpen();
  old.handlers.onClose();
  environment.advance(10_000);
  old.say(spoken(1));
  expect(seqs()).toEqual([]);
});

test('ignores frames that it does not understand', () => {
  const { environment, seqs } = following();
  environment.socket.handlers.onOpen();
  for (const data of ['', '{', 'null', '[]', '{"type":"event"}', '{"type":"new"}', 42])
    environment.socket.handlers.onMessage(data);
  expect(seqs()).toEqual([]);
});

test('lets the socket go when nothing is followed any more', () => {
  const { environment, connection, stop } = following();
  environment.socket.handlers.onOpen();
  stop.abort();
  expect(environment.socket.sent.at(-1)).toEqual({ type: 'unsubscribe', id: '1' });
  environment.advance(6_000);
  expect(environment.socket.closed).toBe(true);
  expect(connection.state.state).toBe('idle');
});

const refusal = (code: string) => ({ type: 'error', id: '1', code, detail: 'no' });
const warning = { type: 'warning', id: '1', code: 'store_failed', detail: 'the log is away' };

test('a refused subscription is told so once and not asked for again', () => {
  const { environment, ends } = following(7);
  environment.socket.handlers.onOpen();
  environment.socket.say(refusal('too_many_subscriptions'));
  environment.socket.say(refusal('too_many_subscriptions'));
  expect(ends).toEqual(['too_many_subscriptions']);
  environment.socket.handlers.onClose();
  environment.advance(10_000);
  expect(environment.sockets).toHaveLength(1);
});

test('a cursor ahead of the log asks for a new load, from which it goes on', () => {
  const { environment, connection, ends, events } = following(240);
  environment.socket.handlers.onOpen();
  environment.socket.say({ ...refusal('cursor_ahead'), cursor: 3 });
  expect(ends).toEqual(['stale']);
  const stop = new AbortController();
  connection.subscribe(
    { topic: 'call', call_id: 'call-1' },
    { after: 3, signal: stop.signal, onEvent: (event) => events.push(event) },
  );
  expect(environment.socket.sent.at(-1)).toMatchObject({ type: 'subscribe', id: '2', after: 3 });
});

test('a warning says since when nothing comes, and the subscription goes on', () => {
  const { environment, connection, spoken, seqs, ends } = following();
  environment.socket.handlers.onOpen();
  environment.socket.say({ type: 'heartbeat', at_ms: 1 });
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: null });
  environment.socket.say(warning);
  const sinceMs = environment.nowMs();
  environment.advance(1_000);
  environment.socket.say(warning);
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: sinceMs });
  environment.socket.say(spoken(1));
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: null });
  environment.socket.say(warning);
  environment.socket.say({ type: 'caught_up', id: '1', cursor: 1 });
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: null });
  expect(seqs()).toEqual([1]);
  expect(ends).toEqual([]);
});

test('what is not followed any more is not waited for', () => {
  const { environment, connection, stop } = following();
  environment.socket.handlers.onOpen();
  environment.socket.say(warning);
  stop.abort();
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: null });
  environment.socket.say(warning);
  expect(connection.state).toMatchObject({ state: 'open', stuckSinceMs: null });
});
