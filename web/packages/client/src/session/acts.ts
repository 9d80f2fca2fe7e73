import type { Act } from '@trunkline/api-types';
import { backoffMs } from '../backoff.ts';
import type { Environment } from '../environment.ts';
import { ApiError, postJson } from '../http.ts';

/** Tries of an act that does not reach the server, over about a minute. */
const MAX_TRIES = 8;
/** Answers after which another try may go better. */
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

/** Tells the server what a person did. */
export interface Acts {
  /** Whether the server took it. Sent again under the same id while it does not answer, so it is done once. */
  send: (act: Act) => Promise<boolean>;
}

export function actsOf(
  environment: Environment,
  origin: string,
  callId: string,
  signal: AbortSignal,
): Acts {
  const url = `${origin}/v1/calls/${encodeURIComponent(callId)}/acts`;
  return {
    send: async (act) => {
      const body = { id: environment.randomId(), ...act };
      for (let attempt = 1; attempt <= MAX_TRIES && !signal.aborted; attempt++) {
        try {
          await postJson(environment, url, body, signal);
          return true;
        } catch (error) {
          if (!(error instanceof ApiError) || !PASSING.has(error.status)) return false;
          await passed(environment, backoffMs(attempt, environment.random), signal);
        }
      }
      return false;
    },
  };
}

/** Waits; an end of everything ends that, too. */
function passed(environment: Environment, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = environment.timer(ms, () => end());
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
