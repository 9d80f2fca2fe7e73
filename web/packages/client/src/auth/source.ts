/** A token of the server, and until when it is good. */
export interface Issued {
  token: string;
  expiresAtMs: number | null;
  /** With which the next one is got without a person. */
  refreshToken?: string | null;
}

/** Where tokens come from. Rejects with an `ApiError` of status 401 or 403 when who asks is refused, with another
 * error when nobody answers. */
export interface TokenSource {
  /** Whether it needs no person. */
  isSilent: boolean;
  /** The first token; a person may be asked. */
  obtain: () => Promise<Issued>;
  /** The next one, without a person; `null` when that cannot be. */
  refresh: (before: Issued | null) => Promise<Issued | null>;
}
