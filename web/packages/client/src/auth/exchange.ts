import type { Environment } from '../environment.ts';
import { ApiError, problemOf } from '../http.ts';
import type { Issued } from './source.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPES = 'urn:ietf:params:oauth:token-type:';

/** A token of somebody else's, by which the server knows who asks. */
export interface ExternalToken {
  token: string;
  /** What it is; `jwt` unless told. */
  type?: 'jwt' | 'id_token';
}

/** Gives a foreign token for one of the server's own (RFC 8693). */
export async function exchangeToken(
  environment: Environment,
  origin: string,
  { token, type = 'jwt' }: ExternalToken,
): Promise<Issued> {
  const answer = await postForm(environment, `${origin}/v1/oauth/token`, {
    grant_type: GRANT,
    subject_token: token,
    subject_token_type: TYPES + type,
  });
  return issuedOf(answer, environment.nowMs());
}

export async function postForm(
  environment: Environment,
  url: string,
  fields: Record<string, string>,
): Promise<Record<string, unknown>> {
  const response = await environment.fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Record<string, unknown>;
}

/** OAuth says with 400 what others say with 401: this one may not. */
async function refusalOf(response: Response): Promise<ApiError> {
  const problem = await problemOf(response);
  return new ApiError({ ...problem, status: response.status === 400 ? 401 : response.status });
}

function issuedOf(answer: Record<string, unknown>, nowMs: number): Issued {
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string' || token === '')
    throw new ApiError({ status: 502, code: 'unknown', title: 'The server gave no token' });
  return { token, expiresAtMs: typeof seconds === 'number' ? nowMs + seconds * 1000 : null };
}
