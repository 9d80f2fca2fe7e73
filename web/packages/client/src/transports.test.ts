import type { Envelope, Event } from '@trunkline/api-types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CoreOptions } from './core.ts';
import { createCore } from './core.ts';
import type { Way } from './faulty-server.ts';
import { FaultyServer } from './faulty-server.ts';
import { utterance } from './testing.ts';
import type { TransportName } from './transports/transport.ts';
import { TRANSPORTS } from './transports/transport.ts';

let servers = 0;

/** One call, followed from its start. Each server has an origin of its own: what a page remembers is by origin. */
function following(server: FaultyServer, options: Partial<CoreOptions> = {}) {
  const { environment } = server;
  const core = createCore({ origin: `http://server-${++servers}`, environment, ...options });
  const events: Envelope[] = [];
  const stop = new AbortController();
  core.connection.subscribe(
    { topic: 'call', call_id: 'c' },
    { after: 0, signal: stop.signal, onEvent: (event) => events.push(event) },
  );
  const seqs = () => events.filter((event) => event.seq > 0).map((event) => event.seq);
  const transport = () =>
    core.connection.state.state === 'open' ? core.connection.state.transport : null;
  return { core, events, seqs, stop, transport };
}

const spoken = (at: number): Event => ({
  type: 'utterance_completed',
  data: utterance(at * 1000, 'yes'),
});

const words = (at: number, revision: number): Event => ({
  type: 'utterance_updated',
  data: utterance(at * 1000, 'ye', { revision }),
});

test('takes the next transport when one is refused or says nothing', async () => {
  for (const way of ['refused', 'silent'] as const) {
    const server = new FaultyServer();
    server.ways.websocket = way;
    server.log('c', spoken(1));
    const { seqs, transport } = following(server);
    await server.environment.pass(5_000);
    expect(transport()).toBe('sse');
    server.log('c', spoken(2));
    await server.environment.pass(100);
    expect(seqs()).toEqual([1, 2]);
  }
});

test('polls when neither sockets nor streams come through', async () => {
  const server = new FaultyServer();
  server.ways.websocket = 'silent';
  server.ways.sse = 'silent';
  server.log('c', spoken(1));
  const { seqs, transport } = following(server);
  await server.environment.pass(10_000);
  expect(transport()).toBe('polling');
  server.log('c', spoken(2));
  await server.environment.pass(100);
  server.log('c', spoken(3));
  await server.environment.pass(100);
  expect(seqs()).toEqual([1, 2, 3]);
});

test('goes back to the better transport when it works again, without a loss or a repeat', async () => {
  const server = new FaultyServer();
  server.repeats = 3;
  server.ways.websocket = 'refused';
  server.ways.sse = 'refused';
  const { seqs, transport } = following(server);
  server.log('c', spoken(1));
  await server.environment.pass(5_000);
  expect(transport()).toBe('polling');
  server.ways.websocket = 'works';
  for (let at = 2; at <= 200; at++) {
    server.log('c', spoken(at));
    await server.environment.pass(500);
  }
  expect(transport()).toBe('websocket');
  expect(server.open).toEqual(['websocket']);
  expect(seqs()).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
});

test('a new client on the page begins with what worked last', async () => {
  const server = new FaultyServer();
  server.ways.websocket = 'silent';
  const origin = `http://server-${++servers}`;
  following(server, { origin });
  await server.environment.pass(5_000);
  server.requests.length = 0;
  const second = following(server, { origin });
  await server.environment.pass(100);
  expect(second.transport()).toBe('sse');
});

test('a server that is away is one change of state, however many tries that takes', async () => {
  const server = new FaultyServer();
  const { core } = following(server);
  await server.environment.pass(1_000);
  const kinds: string[] = [];
  core.connection.watch((state) => {
    if (kinds.at(-1) !== state.state) kinds.push(state.state);
  });
  for (const name of TRANSPORTS) server.ways[name] = 'refused';
  server.drop('websocket');
  await server.environment.pass(600_000);
  expect(kinds).toEqual(['lost']);
  for (const name of TRANSPORTS) server.ways[name] = 'works';
  await server.environment.pass(20_000);
  expect(kinds).toEqual(['lost', 'open']);
});

test('waits longer between tries while nothing answers', async () => {
  const server = new FaultyServer();
  for (const name of TRANSPORTS) server.ways[name] = 'refused';
  following(server);
  await server.environment.pass(60_000);
  const tries = server.requests.filter((request) => request.startsWith('POST')).length;
  expect(tries).toBeGreaterThan(4);
  expect(tries).toBeLessThan(15);
});

test('only the transports that are wanted are used', async () => {
  const server = new FaultyServer();
  const { transport } = following(server, { transport: ['sse', 'polling'] });
  await server.environment.pass(1_000);
  expect(transport()).toBe('sse');
});

test('words in the making never go back, on any transport', async () => {
  const server = new FaultyServer();
  const { core, events } = following(server);
  await server.environment.pass(100);
  for (const revision of [1, 3, 2, 3]) server.tell('c', words(7, revision));
  await server.environment.pass(100);
  server.log('c', spoken(7));
  server.tell('c', words(7, 9));
  await server.environment.pass(100);
  const seen = events.map((event) => [event.seq, (event.data as { revision: number }).revision]);
  expect(seen).toEqual([
    [0, 1],
    [0, 3],
    [1, 1],
  ]);
  core.close();
});

test('a listener that throws costs no link and no event', async () => {
  for (const transport of TRANSPORTS) {
    const server = new FaultyServer();
    const thrown: unknown[] = [];
    const { timer } = server.environment;
    server.environment.timer = (ms, callback) =>
      timer(ms, () => {
        try {
          callback();
        } catch (error) {
          thrown.push(error);
        }
      });
    const oops = new Error('oops');
    const interceptors = {
      event: (event: Envelope) => {
        if (event.seq === 2) throw oops;
        return event;
      },
    };
    const { core, seqs } = following(server, { transport, interceptors });
    for (let at = 1; at <= 3; at++) {
      server.log('c', spoken(at));
      await server.environment.pass(500);
    }
    expect(seqs()).toEqual([1, 3]);
    expect(thrown).toEqual([oops]);
    expect(core.connection.state.state).toBe('open');
    core.close();
  }
});

test('a renewed token goes on where the old one ended', async () => {
  for (const transport of TRANSPORTS) {
    const server = new FaultyServer();
    server.tokens = new Set(['t-1']);
    server.log('c', spoken(1));
    let issued = 0;
    const fetch = server.environment.fetch;
    server.environment.fetch = (url, init) => {
      if (!url.endsWith('/oauth/token')) return fetch(url, init);
      issued += 1;
      const token = { access_token: `t-${issued}`, token_type: 'Bearer', expires_in: 300 };
      return Promise.resolve(new Response(JSON.stringify(token)));
    };
    const auth = { exchange: () => Promise.resolve('their token') };
    const { core, seqs } = following(server, { auth, transport });
    await server.environment.pass(15_000);
    expect(seqs()).toEqual([1]);
    server.tokens = new Set(['t-2', 't-3']);
    server.log('c', spoken(2));
    await server.environment.pass(270_000);
    server.log('c', spoken(3));
    await server.environment.pass(40_000);
    expect(seqs()).toEqual([1, 2, 3]);
    expect(core.auth.state.state).toBe('signed_in');
    core.close();
  }
});

test('a key that is refused ends in signed out, and nothing is tried again', async () => {
  const server = new FaultyServer();
  server.tokens = new Set();
  const { core } = following(server, { auth: { apiKey: 'wrong' } });
  await server.environment.pass(5_000);
  expect(core.auth.state).toEqual({ state: 'signed_out', reason: 'refused' });
  expect(core.connection.state.state).toBe('signed_out');
  const asked = server.requests.length;
  await server.environment.pass(60_000);
  expect(server.requests).toHaveLength(asked);
});

/** What may befall a call that is followed. */
type Step =
  | { do: 'log'; count: number }
  | { do: 'tell'; at: number; revision: number }
  | { do: 'drop'; way: TransportName }
  | { do: 'set'; way: TransportName; to: Way }
  | { do: 'repeat'; count: number }
  | { do: 'cut'; bytes: number }
  | { do: 'shuffle'; to: boolean }
  | { do: 'pass'; ms: number };

const way = fc.constantFrom(...TRANSPORTS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  fc.record({
    do: fc.constant('tell' as const),
    at: fc.integer({ min: 1, max: 5 }),
    revision: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ do: fc.constant('drop' as const), way }),
  fc.record({
    do: fc.constant('set' as const),
    way,
    to: fc.constantFrom<Way>('works', 'refused', 'silent'),
  }),
  fc.record({ do: fc.constant('repeat' as const), count: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ do: fc.constant('shuffle' as const), to: fc.boolean() }),
  fc.record({ do: fc.constant('cut' as const), bytes: fc.integer({ min: 1, max: 90 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.integer({ min: 0, max: 30_000 }),
    }),
  },
);

test('whatever the network does, each event comes once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      async (steps) => {
        const server = new FaultyServer();
        const { core, events, seqs } = following(server);
        server.repeats = 2;
        for (const one of steps) await take(server, one);
        for (const name of TRANSPORTS) server.ways[name] = 'works';
        await server.environment.pass(120_000);
        const count = server.logOf('c').length;
        expect(seqs()).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        expect(goesBack(events)).toBe(false);
        core.close();
      },
    ),
    { numRuns: 30 },
  );
}, 60_000);

async function take(server: FaultyServer, one: Step): Promise<void> {
  switch (one.do) {
    case 'log':
      for (let index = 0; index < one.count; index++)
        server.log('c', spoken(server.logOf('c').length + 100));
      break;
    case 'tell':
      server.tell('c', words(one.at, one.revision));
      break;
    case 'drop':
      server.drop(one.way);
      break;
    case 'set':
      server.ways[one.way] = one.to;
      server.drop(one.way);
      break;
    case 'repeat':
      server.repeats = one.count;
      break;
    case 'cut':
      server.cut = one.bytes;
      break;
    case 'shuffle':
      server.shuffles = one.to;
      break;
    case 'pass':
      await server.environment.pass(one.ms);
  }
}

/** Whether words in the making were followed by older ones. */
function goesBack(events: readonly Envelope[]): boolean {
  const newest = new Map<string, number>();
  return events.some((event) => {
    if (event.type !== 'utterance_updated') return false;
    const known = newest.get(event.data.id) ?? 0;
    newest.set(event.data.id, event.data.revision);
    return event.data.revision <= known;
  });
}
