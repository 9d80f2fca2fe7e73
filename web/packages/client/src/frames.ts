import type { Envelope } from '@trunkline/api-types';

/** What the server says on the WebSocket. */
export type ServerFrame =
  | { type: 'event'; id: string; event: Envelope }
  | { type: 'caught_up'; id: string; cursor: number }
  | { type: 'error'; id: string | null; code: string; detail: string }
  | { type: 'warning'; id: string; code: string; detail: string }
  | { type: 'heartbeat'; at_ms: number };

/** What can be followed: all calls by `position`, or one call by `seq`. */
export type Topic = { topic: 'calls' } | { topic: 'call'; call_id: string };

export type ClientFrame =
  ({ type: 'subscribe'; id: string; after: number } & Topic) | { type: 'unsubscribe'; id: string };

/** Reads a frame; `null` for one of a kind that this client does not know. */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseObject(data);
  if (frame === null) return null;
  switch (frame.type) {
    case 'event':
      return isEnvelope(frame.event) && typeof frame.id === 'string'
        ? { type: 'event', id: frame.id, event: frame.event }
        : null;
    case 'caught_up':
      return typeof frame.id === 'string' && typeof frame.cursor === 'number'
        ? { type: 'caught_up', id: frame.id, cursor: frame.cursor }
        : null;
    case 'error':
      return {
        type: 'error',
        id: typeof frame.id === 'string' ? frame.id : null,
        code: typeof frame.code === 'string' ? frame.code : 'unknown',
        detail: typeof frame.detail === 'string' ? frame.detail : '',
      };
    case 'warning':
      return typeof frame.id === 'string'
        ? {
            type: 'warning',
            id: frame.id,
            code: typeof frame.code === 'string' ? frame.code : 'unknown',
            detail: typeof frame.detail === 'string' ? frame.detail : '',
          }
        : null;
    case 'heartbeat':
      return typeof frame.at_ms === 'number' ? { type: 'heartbeat', at_ms: frame.at_ms } : null;
    default:
      return null;
  }
}

function parseObject(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : null;
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
