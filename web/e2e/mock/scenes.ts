import type { CallStarted, Event } from '@trunkline/api-types';
import {
  cardGuidance,
  guidanceStarted,
  metricsAt,
  missed,
  wholeSummary,
} from './guidance-scene.ts';
import { findingsIn } from './review.ts';
import { gap, inOrder, spoken } from './script.ts';
import type { Step } from './script.ts';
import type { MockServer } from './server.ts';

/** A call about a card that was charged twice: an interruption, a hold, a gap and three masks. */
export const cardCall: Step[] = inOrder([
  {
    atMs: 0,
    event: {
      type: 'transcription_status',
      data: { state: 'running', recogniser: 'moonshine-base-en' },
    },
  },
  ...spoken(['system', 400, 'Thank you for calling. This call may be recorded.']),
  {
    atMs: 4200,
    event: { type: 'agent_connected', data: { id: 'dana', name: 'Dana R.', at_ms: 4200 } },
  },
  ...spoken(['agent', 4500, 'Good afternoon, this is Dana, how can I help you today?']),
  ...spoken([
    'customer',
    9000,
    "Hi. You charged my card twice for the same order, and I'd like that money back.",
  ]),
  ...spoken([
    'agent',
    15200,
    "I'm sorry to hear that. Could you read me the card number so I can find both charges?",
  ]),
  ...spoken([
    'customer',
    21800,
    'Sure, it is [card] and the code on the back is [cvv] if you need it.',
  ]),
  ...spoken(['agent', 24500, 'Oh, please keep the code to yourself.']),
  gap('customer', 27600, 29350, 'connection_lost'),
  ...spoken([
    'agent',
    29800,
    'Thank you. I can see both of them. May I put you on hold for a moment?',
  ]),
  { atMs: 36000, event: { type: 'hold_started', data: { at_ms: 36000 } } },
  ...spoken(['customer', 38000, 'Honestly, nobody called me back last week either.']),
  { atMs: 43500, event: { type: 'hold_ended', data: { at_ms: 43500 } } },
  ...spoken([
    'agent',
    44000,
    'Thanks for waiting. The second charge is reversed, you will see it within three days.',
  ]),
  ...spoken(['customer', 50200, "Great. Please text me at [phone] when it's done."]),
  ...spoken(['agent', 54300, 'I will. Is there anything else I can do for you?']),
  ...spoken(['customer', 58300, 'No, that was all. Thank you, Dana.']),
  ...cardGuidance,
]);

const cardCallMs = 61_000;
const ending = (durationMs: number): Event[] => [
  { type: 'call_ended', data: { reason: 'disconnected', duration_ms: durationMs } },
  wholeSummary,
  {
    type: 'recording_completed',
    data: {
      key: 'recording.wav',
      bytes: 976_044,
      duration_ms: durationMs,
      masks: 3,
      sha256: '9f'.repeat(32),
    },
  },
];

export interface PopulateOptions {
  /** Play the live call in real time, again and again. Else it stands at 26 s with words in the making. */
  isPlaying: boolean;
}

/** Fills the server with three live calls and some past ones. Returns what stops the playing. */
export function populate(server: MockServer, { isPlaying }: PopulateOptions): () => void {
  const nowMs = server.nowMs();
  pastCalls(server, nowMs);
  findingsIn(
    server.review,
    server.calls().filter((call) => call.state === 'ended' && call.has_recording),
  );
  quietCall(server, nowMs - 754_000);
  holdCall(server, nowMs - 95_000);
  if (isPlaying) return playForever(server);
  playUpTo(server, 'card-live', nowMs - 26_000, 26_000);
  return () => undefined;
}

export function begin(server: MockServer, callId: string, over: Partial<CallStarted> = {}): void {
  server.log(callId, {
    type: 'call_started',
    data: {
      contact_id: contactIdOf(callId),
      stream: 'demo-connect-contact-stream-4',
      customer: '•••0134',
      queue: 'Cards',
      started_at_ms: server.nowMs(),
      sample_rate_hz: 8000,
      ...over,
    },
  });
}

export function playUpTo(
  server: MockServer,
  callId: string,
  startedAtMs: number,
  untilMs: number,
): void {
  begin(server, callId, { started_at_ms: startedAtMs });
  for (const step of cardCall) if (step.atMs <= untilMs) server.emit(callId, step.event);
}

function playForever(server: MockServer): () => void {
  let timers: NodeJS.Timeout[] = [];
  let round = 0;
  const play = () => {
    const callId = `card-live-${++round}`;
    begin(server, callId);
    timers = cardCall.map((step) => setTimeout(() => server.emit(callId, step.event), step.atMs));
    timers.push(
      setTimeout(() => {
        for (const event of ending(cardCallMs)) server.log(callId, event);
        timers.push(setTimeout(play, 4000));
      }, cardCallMs),
    );
  };
  play();
  return () => timers.forEach((timer) => clearTimeout(timer));
}

function pastCalls(server: MockServer, nowMs: number): void {
  const queues = ['Cards', 'Mortgages', 'Cards', 'Card disputes and chargebacks', 'Cards'];
  const agents = ['Dana R.', 'Milo K.', 'Aurelia Featherstonehaugh', 'Dana R.', 'Sam O.'];
  for (let index = 24; index >= 1; index--) {
    const callId = `past-${index}`;
    const startedAtMs = nowMs - index * 1_740_000;
    begin(server, callId, {
      started_at_ms: startedAtMs,
      customer: index === 7 ? null : `•••${String(1000 + index * 37).slice(-4)}`,
      queue: index === 7 ? null : (queues[index % 5] ?? null),
    });
    const agent = agents[index % 5] ?? 'Dana R.';
    for (const step of cardCall) {
      if (step.event.type === 'media_gap' && index % 4 !== 1) continue;
      const isAgent = step.event.type === 'agent_connected';
      server.emit(
        callId,
        isAgent
          ? { type: 'agent_connected', data: { id: agent, name: agent, at_ms: 4200 } }
          : step.event,
      );
    }
    const durationMs = cardCallMs + ((index * 7919) % 240_000);
    for (const event of ending(index === 1 ? cardCallMs : durationMs)) server.log(callId, event);
  }
  failedCall(server, nowMs - 600_000);
}

/** A past call in which much went wrong. */
function failedCall(server: MockServer, startedAtMs: number): void {
  const callId = 'past-broken';
  begin(server, callId, { started_at_ms: startedAtMs, queue: 'Mortgages', customer: '•••7721' });
  const absent = {
    state: 'absent' as const,
    detail:
      'The recognition model is not here. Run `trunkline models pull`, then start the server again.',
  };
  server.log(callId, { type: 'transcription_status', data: absent });
  server.log(callId, {
    type: 'agent_connected',
    data: { id: 'milo', name: 'Milo K.', at_ms: 3000 },
  });
  server.emit(callId, gap('to_customer', 12_000, 14_500, 'damaged').event);
  server.log(callId, {
    type: 'fragment_quarantined',
    data: { fragment: '91343852333181432392682062', reason: 'foreign_contact' },
  });
  server.log(callId, { type: 'recording_failed', data: { cause: 'disk_full', at_ms: 40_000 } });
  server.log(callId, { type: 'call_ended', data: { reason: 'stream_gone', duration_ms: 185_000 } });
}

function quietCall(server: MockServer, startedAtMs: number): void {
  begin(server, 'quiet-live', {
    started_at_ms: startedAtMs,
    queue: 'Mortgages',
    customer: '•••4410',
  });
  const detail = 'The recogniser stopped. Start the server again; the sound is kept.';
  server.log('quiet-live', {
    type: 'agent_connected',
    data: { id: 'milo', name: 'Milo K.', at_ms: 3000 },
  });
  for (const step of spoken([
    'customer',
    8000,
    'I wanted to ask about the fixed rate for the new house.',
  ]))
    server.emit('quiet-live', step.event);
  server.log('quiet-live', {
    type: 'transcription_status',
    data: { state: 'failed', recogniser: 'moonshine-base-en', detail },
  });
}

function holdCall(server: MockServer, startedAtMs: number): void {
  begin(server, 'hold-live', {
    started_at_ms: startedAtMs,
    customer: '•••9087',
    queue: 'Card disputes and chargebacks',
  });
  server.log('hold-live', {
    type: 'transcription_status',
    data: { state: 'running', recogniser: 'moonshine-base-en' },
  });
  server.log('hold-live', guidanceStarted);
  const agent = { id: 'aurelia', name: 'Aurelia Featherstonehaugh', at_ms: 5000 };
  server.log('hold-live', { type: 'agent_connected', data: agent });
  const line =
    'One moment please, I will ask my colleague in disputes what happened to the form you sent us, and come back to you.';
  for (const step of spoken(['agent', 40_000, line])) server.emit('hold-live', step.event);
  server.log('hold-live', { type: 'hold_started', data: { at_ms: 52_000 } });
  for (const [atMs, sentiment] of [
    [15_000, 0.2],
    [30_000, -0.3],
    [45_000, -0.7],
  ] as const)
    server.log('hold-live', { type: 'metrics_sampled', data: metricsAt(atMs, sentiment) });
  server.log('hold-live', missed('verify', 25_000));
}

/** A UUID-shaped id that is the same for the same call. */
function contactIdOf(callId: string): string {
  const hex = Array.from(callId, (char) => char.charCodeAt(0).toString(16))
    .join('')
    .padEnd(32, '4a7c19e3')
    .slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
