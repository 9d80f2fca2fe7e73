import { expect, test } from 'vitest';
import type { Page, PageMessage, RequestSent } from '../environment.ts';
import { ScriptedEnvironment, settled } from '../testing.ts';
import type { AuthOptions } from './options.ts';
import { authOf } from './options.ts';

const ISSUER = 'https://login.example.com';
const PAGE = 'https://desk.example.com';

/** A provider, a server and a page in one place, with what was asked of them. */
class World {
  readonly environment = new ScriptedEnvironment();
  readonly forms: Record<string, string>[] = [];
  readonly kept = new Map<string, string>();
  readonly popup = { source: {}, url: '', isClosed: false, wasClosed: false };
  #listeners = new Set<(message: PageMessage) => void>();
  /** The claims of the next identity token. */
  claims: object = {};
  lifeS = 600;
  refresh: string | undefined = 'r-1';
  isBlocked = false;
  /** What the server answers to an exchange. */
  status = 200;

  constructor() {
    this.environment.fetch = (url, init) => Promise.resolve(this.#answer(url, init));
    Object.assign(this.environment, { page: this.#page() });
  }

  auth(options: AuthOptions) {
    return authOf(options, this.environment, 'https://trunkline.example.com');
  }

  /** What the provider was asked in the window. */
  get asked(): URLSearchParams {
    return new URL(this.popup.url).searchParams;
  }

  say(query: object, over: Partial<PageMessage> = {}): void {
    const data = {
      type: 'trunkline_sign_in',
      query: `?${new URLSearchParams({ ...query }).toString()}`,
    };
    for (const listener of this.#listeners)
      listener({ origin: PAGE, source: this.popup.source, data, ...over });
  }

  #answer(url: string, init: RequestSent): Response {
    if (url.endsWith('/.well-known/openid-configuration'))
      return json({
        issuer: ISSUER,
        authorization_endpoint: `${ISSUER}/authorize`,
        token_endpoint: `${ISSUER}/token`,
      });
    const form = Object.fromEntries(new URLSearchParams(init.body));
    this.forms.push(form);
    if (url === `${ISSUER}/token`) {
      const claims = { iss: ISSUER, aud: 'desk', nonce: this.asked.get('nonce'), ...this.claims };
      const token = `head.${btoa(JSON.stringify(claims))}.signature`;
      return json({ id_token: token, refresh_token: this.refresh });
    }
    if (this.status !== 200) return json({ error: 'invalid_grant' }, this.status);
    return json({ access_token: `t-${this.forms.length}`, expires_in: this.lifeS });
  }

  #page(): Page {
    return {
      origin: PAGE,
      openPopup: () =>
        this.isBlocked
          ? null
          : {
              source: this.popup.source,
              go: (url) => void (this.popup.url = url),
              isClosed: () => this.popup.isClosed,
              close: () => void (this.popup.wasClosed = true),
            },
      onMessage: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      sha256: async (text) =>
        new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      load: (key) => this.kept.get(key) ?? null,
      save: (key, value) => {
        if (value === null) this.kept.delete(key);
        else this.kept.set(key, value);
      },
    };
  }
}

function json(value: object, status = 200): Response {
  return new Response(JSON.stringify(value), { status });
}

const popup: AuthOptions = { popup: { issuer: ISSUER, clientId: 'desk' } };

/** Signs in up to where the window's answer is waited for. */
async function asking(world: World, options = popup) {
  const { auth, credentials } = world.auth(options);
  const done = auth.signIn();
  // Digests are made elsewhere and take as long as they take.
  while (world.popup.url === '' && auth.state.state === 'signing_in') await settled();
  return { auth, credentials, done };
}

test('signs in by a window, with a code that only this page can use', async () => {
  const world = new World();
  const { auth, credentials, done } = await asking(world);
  expect(auth.state.state).toBe('signing_in');
  expect(Object.fromEntries(world.asked)).toMatchObject({
    response_type: 'code',
    client_id: 'desk',
    redirect_uri: `${PAGE}/signin/callback`,
    code_challenge_method: 'S256',
  });
  world.say({ code: 'c-1', state: world.asked.get('state') });
  expect(await done).toBe(true);
  const [code, exchange] = world.forms;
  const challenge = await crypto.subtle.digest(
    'SHA-256',
    new TextEncoder().encode(code?.code_verifier),
  );
  const base64 = btoa(String.fromCharCode(...new Uint8Array(challenge)));
  expect(base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')).toBe(
    world.asked.get('code_challenge'),
  );
  expect(exchange).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  });
  expect(credentials.current()).toBe('t-2');
  expect(world.popup.wasClosed).toBe(true);
});

test('hears nobody but its own window, of its own origin, in answer to its own request', async () => {
  const world = new World();
  const { auth, done } = await asking(world);
  const state = world.asked.get('state');
  world.say({ code: 'c-1', state }, { origin: 'https://evil.example.com' });
  world.say({ code: 'c-1', state }, { source: {} });
  world.say({ code: 'c-1', state: 'another' });
  world.say({ code: 'c-1', state }, { data: 'c-1' });
  await settled();
  expect(world.forms).toEqual([]);
  world.popup.isClosed = true;
  await world.environment.pass(1_000);
  expect(await done).toBe(false);
  expect(auth.state).toEqual({ state: 'signed_out', reason: 'cancelled' });
});

test('takes no identity token that is not the answer to what it asked', async () => {
  const wrong = [{ nonce: 'another' }, { aud: 'another' }, { iss: 'https://evil.example.com' }];
  for (const claims of wrong) {
    const world = new World();
    world.claims = claims;
    const { done } = await asking(world);
    world.say({ code: 'c-1', state: world.asked.get('state') });
    expect(await done).toBe(false);
    expect(world.forms).toHaveLength(1);
  }
});

test('says when the browser lets no window open, and what the provider refuses', async () => {
  const blocked = new World();
  blocked.isBlocked = true;
  const first = await asking(blocked);
  expect(await first.done).toBe(false);
  expect(first.auth.state).toMatchObject({ reason: 'popup_blocked' });
  const world = new World();
  const second = await asking(world);
  world.say({ error: 'access_denied', state: world.asked.get('state') });
  expect(await second.done).toBe(false);
  expect(second.auth.state).toMatchObject({ reason: 'access_denied' });
});

test('renews ahead of the end, without a person', async () => {
  const world = new World();
  const { credentials, done } = await asking(world);
  world.say({ code: 'c-1', state: world.asked.get('state') });
  await done;
  await world.environment.pass(590_000);
  expect(world.forms[2]).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'r-1' });
  expect(credentials.current()).toBe('t-4');
});

test('asks to sign in when the time is over and nothing can renew', async () => {
  const world = new World();
  world.refresh = undefined;
  const { auth, credentials, done } = await asking(world);
  world.say({ code: 'c-1', state: world.asked.get('state') });
  await done;
  await world.environment.pass(700_000);
  expect(credentials.current()).toBeNull();
  expect(auth.state).toEqual({ state: 'signed_out', reason: 'expired' });
});

test('exchanges by itself when a token is wanted, once for all who wait', async () => {
  const world = new World();
  const { auth, credentials } = world.auth({ exchange: () => Promise.resolve('theirs') });
  expect(await Promise.all([credentials.ready(), credentials.ready()])).toEqual(['t-1', 't-1']);
  expect(world.forms).toMatchObject([{ subject_token: 'theirs' }]);
  expect(auth.state.state).toBe('signed_in');
});

test('a server that does not answer is no reason to sign out; one that refuses is', async () => {
  const world = new World();
  const { auth, credentials } = world.auth({ exchange: () => Promise.resolve('theirs') });
  world.status = 503;
  await expect(credentials.ready()).rejects.toThrow();
  expect(auth.state).toMatchObject({ reason: 'not_yet' });
  world.status = 400;
  expect(await credentials.ready()).toBeNull();
  expect(auth.state).toMatchObject({ state: 'signed_out', reason: 'refused' });
});

test('keeps a token over a reload only where that is wanted, and forgets it on leaving', async () => {
  const world = new World();
  const exchange = () => Promise.resolve('theirs');
  await world.auth({ exchange }).credentials.ready();
  expect(world.kept.size).toBe(0);
  await world.auth({ exchange, storage: 'session' }).credentials.ready();
  const again = world.auth({ exchange, storage: 'session' });
  expect(again.credentials.current()).toBe('t-2');
  again.auth.signOut();
  expect(world.kept.size).toBe(0);
  expect(await again.credentials.ready()).toBeNull();
});
