import type { Envelope } from '@trunkline/api-types';
import type { ClientOptions } from '../src/console/index.ts';
import { createClient } from '../src/console/index.ts';

/** What a judge of clients says of a phase that began. */
export interface Begun {
  calls: string[];
}

/** What came to the client's user in a phase, as the judge wants it. */
export interface Report {
  client: string;
  phase: string;
  /** The transport at the end. */
  transport: string | null;
  /** The places of each call's events, in the order in which they came. */
  calls: Record<string, number[]>;
  /** Whether words in the making never went back. */
  partial_ok: boolean;
  /** The states of the connection, one after the other. */
  states: string[];
}

/** A client on a lossy way is waited for so long. */
const MAX_PHASE_MS = 180_000;

/** Follows calls from their beginning to their end, whatever is done to the connection. */
export async function follow(
  client: string,
  phase: string,
  calls: readonly string[],
  options: ClientOptions,
): Promise<Report> {
  const trunkline = createClient({
    // A better transport is looked for soon: the phases are short.
    retry: { probeMs: 1_500 },
    ...options,
  });
  const seen: Record<string, number[]> = {};
  const states: string[] = [];
  const note = () => {
    const state = trunkline.connection();
    const name = state.state === 'open' ? `open ${state.transport}` : state.state;
    if (states.at(-1) !== name) states.push(name);
  };
  trunkline.watchConnection(note);
  const partials = new Partials();
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), MAX_PHASE_MS);
  await Promise.all(
    calls.map(
      (callId) =>
        new Promise<void>((resolve) => {
          const places = (seen[callId] = [] as number[]);
          stop.signal.addEventListener('abort', () => resolve(), { once: true });
          trunkline.followCall(callId, {
            after: 0,
            signal: stop.signal,
            onEvent: (event) => {
              if (event.seq === 0) partials.handle(event);
              else places.push(event.seq);
              if (event.type === 'call_ended') resolve();
            },
          });
        }),
    ),
  );
  // What follows the end, such as the summary.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const state = trunkline.connection();
  clearTimeout(limit);
  const transport = state.state === 'open' ? state.transport : null;
  stop.abort();
  return { client, phase, transport, calls: seen, partial_ok: partials.isRight, states };
}

/** Watches that words in the making only grow newer. */
class Partials {
  isRight = true;
  readonly #newest = new Map<string, number>();

  handle(event: Envelope): void {
    if (event.type !== 'utterance_updated') return;
    const key = `${event.call_id} ${event.data.id}`;
    if (event.data.revision <= (this.#newest.get(key) ?? 0)) this.isRight = false;
    this.#newest.set(key, event.data.revision);
  }
}
