import type { Credentials } from '../credentials.ts';
import type { Environment } from '../environment.ts';
import { ApiError } from '../http.ts';
import type { Readable } from '../observable.ts';
import { Value } from '../observable.ts';
import type { Issued, TokenSource } from './source.ts';

/** A token is not used in its last moments: it would expire on its way. */
const MARGIN_MS = 5_000;
/** A token is renewed this long before it expires, or in the last fifth of a shorter life. */
const AHEAD_MS = 60_000;
/** Until a renewal is tried again that nobody answered. */
const AGAIN_MS = 5_000;
/** A token that is refused so soon after it was got: another one would be, too. */
const TOO_SOON_MS = 10_000;

/**
 * `open`: nothing is asked for here. `signed_out` with the reason: `not_yet`, `left` (by a person's act), `expired`,
 * `refused` by the server, or what a sign-in failed by, such as `cancelled` or `popup_blocked`.
 */
export type AuthState =
  | { state: 'open' | 'signing_in' }
  | { state: 'signed_in'; expiresAtMs: number | null }
  | { state: 'signed_out'; reason: string };

/** Signing in, as a page sees it. */
export interface Auth extends Readable<AuthState> {
  readonly state: AuthState;
  /** Asks a person where that is needed. Says whether it came about; `state` says why not. */
  signIn: () => Promise<boolean>;
  signOut: () => void;
  onChange: (watcher: (state: AuthState) => void) => () => void;
}

/** Where a token is kept over a reload, if anywhere. */
export interface TokenStore {
  load: () => Issued | null;
  save: (issued: Issued | null) => void;
}

/** Holds the token: gets it, renews it ahead of its end, once at a time, and says when there is none. */
export class TokenAuth implements Auth, Credentials {
  readonly isNeeded = true;
  readonly #environment: Environment;
  readonly #source: TokenSource;
  readonly #store: TokenStore;
  readonly #state: Value<AuthState>;
  readonly #tokenWatchers = new Set<(token: string | null) => void>();
  #issued: Issued | null;
  #issuedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<string | null> | null = null;
  #cancelAhead: () => void = () => undefined;

  constructor(environment: Environment, source: TokenSource, store: TokenStore) {
    this.#environment = environment;
    this.#source = source;
    this.#store = store;
    this.#issued = store.load();
    this.#state = new Value<AuthState>(
      this.#issued === null
        ? { state: 'signed_out', reason: 'not_yet' }
        : { state: 'signed_in', expiresAtMs: this.#issued.expiresAtMs },
    );
    if (this.#issued !== null) this.#renewAhead(this.#issued);
  }

  get state(): AuthState {
    return this.#state.value;
  }

  get value(): AuthState {
    return this.#state.value;
  }

  subscribe = (watcher: (state: AuthState) => void) => this.#state.subscribe(watcher);
  onChange = (watcher: (state: AuthState) => void) => this.#state.subscribe(watcher);

  signIn = async (): Promise<boolean> => {
    if (this.current() !== null) return true;
    this.#state.set({ state: 'signing_in' });
    try {
      this.#take(await this.#source.obtain());
      return true;
    } catch (error) {
      this.#signOut(error instanceof ApiError ? error.code : 'sign_in_failed');
      return false;
    }
  };

  signOut = (): void => this.#signOut('left');

  current(): string | null {
    if (this.#issued === null) return null;
    const { token, expiresAtMs } = this.#issued;
    const isGood = expiresAtMs === null || expiresAtMs - MARGIN_MS > this.#environment.nowMs();
    return isGood ? token : null;
  }

  ready(): Promise<string | null> {
    const token = this.current();
    if (token !== null) return Promise.resolve(token);
    const hasLeft = this.state.state === 'signed_out' && this.state.reason !== 'not_yet';
    const mayAsk = this.#issued !== null || (this.#source.isSilent && !hasLeft);
    return mayAsk ? this.#renewed() : Promise.resolve(null);
  }

  renew(refused: string | null): Promise<string | null> {
    const token = this.current();
    // Somebody else was quicker.
    if (token !== null && token !== refused) return Promise.resolve(token);
    if (this.#environment.nowMs() - this.#issuedAtMs >= TOO_SOON_MS) return this.#renewed();
    this.#signOut('refused');
    return Promise.resolve(null);
  }

  onToken(watcher: (token: string | null) => void): () => void {
    this.#tokenWatchers.add(watcher);
    return () => void this.#tokenWatchers.delete(watcher);
  }

  /** Stops to renew. */
  close(): void {
    this.#cancelAhead();
    this.#tokenWatchers.clear();
  }

  /** One renewal for all who wait for it. */
  #renewed(): Promise<string | null> {
    this.#running ??= this.#refresh().finally(() => (this.#running = null));
    return this.#running;
  }

  async #refresh(): Promise<string | null> {
    const before = this.#issued;
    try {
      const issued = await this.#source.refresh(before);
      if (this.#issued !== before) return this.current();
      if (issued === null) {
        this.#signOut('expired');
        return null;
      }
      this.#take(issued);
      return issued.token;
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403))
        throw error;
      this.#signOut(before === null ? 'refused' : 'expired');
      return null;
    }
  }

  #take(issued: Issued): void {
    this.#issued = issued;
    this.#issuedAtMs = this.#environment.nowMs();
    this.#store.save(issued);
    this.#renewAhead(issued);
    this.#state.set({ state: 'signed_in', expiresAtMs: issued.expiresAtMs });
    this.#tell(issued.token);
  }

  #renewAhead({ expiresAtMs }: Issued): void {
    this.#cancelAhead();
    if (expiresAtMs === null) return;
    const lifeMs = Math.max(0, expiresAtMs - this.#environment.nowMs());
    const aheadMs = Math.min(AHEAD_MS, lifeMs / 5) * (1 + this.#environment.random() / 2);
    this.#renewIn(Math.min(MAX_TIMER_MS, lifeMs - aheadMs));
  }

  #renewIn(delayMs: number): void {
    this.#cancelAhead = this.#environment.timer(delayMs, () => {
      this.#renewed().catch(() => this.#renewIn(AGAIN_MS));
    });
  }

  #signOut(reason: string): void {
    this.#cancelAhead();
    this.#issued = null;
    this.#store.save(null);
    this.#state.set({ state: 'signed_out', reason });
    this.#tell(null);
  }

  #tell(token: string | null): void {
    for (const watcher of [...this.#tokenWatchers]) watcher(token);
  }
}

/** A timer of JavaScript holds no more; a token of such a life is renewed early. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Where nothing is asked for. */
export const openAuth: Auth = {
  state: { state: 'open' },
  value: { state: 'open' },
  subscribe: () => () => undefined,
  onChange: () => () => undefined,
  signIn: () => Promise.resolve(true),
  signOut: () => undefined,
};
