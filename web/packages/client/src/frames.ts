import type { CallSnapshot, CallsSnapshot, Envelope } from '@trunkline/api-types';

/** What the server says, on every transport. */
export type ServerFrame =
  | { type: 'event'; id: string; event: Envelope }
  | { type: 'snapshot'; id: string; cursor: number; data: CallSnapshot | CallsSnapshot }
  | { type: 'caught_up'; id: string; cursor: number }
  | { type: 'error'; id: string | null; code: string; detail: string }
  | { type: 'warning'; id: string; code: string; detail: string }
  | { type: 'authenticated' }
  | { type: 'heartbeat'; at_ms: number };

/** What can be followed: all calls by `position`, or one call by `seq`. */
export type Topic = { topic: 'calls' } | { topic: 'call'; call_id: string };

/** Asks for what comes after a place, or for how things stand and what comes after that. */
export type SubscribeFrame = { type: 'subscribe'; id: string; types?: string[] } & Topic &
  ({ after: number } | { snapshot: true });

export type ClientFrame =
  SubscribeFrame | { type: 'unsubscribe'; id: string } | { type: 'authenticate'; token: string };

/** Codes that say who asks is not known, or not any more. */
const UNAUTHENTICATED = new Set(['unauthenticated', 'token_expired']);

export function isUnauthenticated(frame: ServerFrame): boolean {
  return frame.type === 'error' && UNAUTHENTICATED.has(frame.code);
}

/** Reads a frame; `null` for one of a kind that this client does not know. */
export function parseFrame(data: unknown): ServerFrame | null {
  return frameOf(parseJson(data));
}

/** The same of a value that was read already. */
export function frameOf(frame: unknown): ServerFrame | null {
  if (!isObject(frame)) return null;
  const id = typeof frame.id === 'string' ? frame.id : null;
  const code = typeof frame.code === 'string' ? frame.code : 'unknown';
  const detail = typeof frame.detail === 'string' ? frame.detail : '';
  const cursor = typeof frame.cursor === 'number' ? frame.cursor : null;
  switch (frame.type) {
    case 'event':
      return isEnvelope(frame.event) && id !== null
        ? { type: 'event', id, event: frame.event }
        : null;
    case 'snapshot':
      return isObject(frame.data) && id !== null && cursor !== null
        ? { type: 'snapshot', id, cursor, data: frame.data as unknown as CallSnapshot }
        : null;
    case 'caught_up':
      return id !== null && cursor !== null ? { type: 'caught_up', id, cursor } : null;
    case 'error':
      return { type: 'error', id, code, detail };
    case 'warning':
      return id !== null ? { type: 'warning', id, code, detail } : null;
    case 'authenticated':
      return { type: 'authenticated' };
    case 'heartbeat':
      return typeof frame.at_ms === 'number' ? { type: 'heartbeat', at_ms: frame.at_ms } : null;
    default:
      return null;
  }
}

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isEnvelope(value: unknown): value is Envelope {
  return (
    isObject(value) &&
    typeof value.call_id === 'string' &&
    typeof value.seq === 'number' &&
    typeof value.position === 'number' &&
    typeof value.type === 'string' &&
    isObject(value.data)
  );
}
