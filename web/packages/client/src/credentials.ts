/** Who is asking: what requests and links need of signing in. */
export interface Credentials {
  /** Whether anything is asked for at all. */
  isNeeded: boolean;
  /** The token, if there is one that is good for now. */
  current: () => string | null;
  /** The token, got without a person where that is possible; `null` when somebody has to sign in. Rejects when
   * whoever gives tokens does not answer. */
  ready: () => Promise<string | null>;
  /** A new one for one that was refused. */
  renew: (refused: string | null) => Promise<string | null>;
  /** Tells each new token, and `null` when there is none any more. */
  onToken: (watcher: (token: string | null) => void) => () => void;
}

/** Of a server that anybody on this host may use. */
export const nobody: Credentials = {
  isNeeded: false,
  current: () => null,
  ready: () => Promise.resolve(null),
  renew: () => Promise.resolve(null),
  onToken: () => () => undefined,
};
