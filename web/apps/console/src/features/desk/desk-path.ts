/** The desk of a call, with what the address said beside it. */
export function deskPath(callId: string, search: string): string {
  return `/desk/${encodeURIComponent(callId)}${search === '' ? '' : `?${search}`}`;
}
