import { problemOf } from '../http.ts';
import type { LinkHandlers } from './transport.ts';

/** A request for events that was refused: who is not known is told so; all else ends the link. */
export async function handleRefusal(
  response: Response,
  handlers: LinkHandlers,
  isCurrent: () => boolean,
): Promise<void> {
  const { code, title, detail } = await problemOf(response);
  if (response.status !== 401 || !isCurrent()) return;
  const known = code === 'token_expired' ? code : 'unauthenticated';
  handlers.onFrame({ type: 'error', id: null, code: known, detail: detail ?? title });
}
