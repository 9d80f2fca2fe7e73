/**
 * For the page at which a sign-in ends: `import { finishSignIn } from '@trunkline/client/callback'` and call it. It
 * hands the answer to the page that opened the window, which must be of the same origin, and closes the window.
 */
import { SIGN_IN_MESSAGE } from './auth/message.ts';

export function finishSignIn(page: Window = window): void {
  const opener = page.opener as Window | null;
  const message = { type: SIGN_IN_MESSAGE, query: page.location.search };
  // The code is for nobody else, and no other page's history shall hold it.
  page.history.replaceState(null, '', page.location.pathname);
  opener?.postMessage(message, page.location.origin);
  page.close();
}
