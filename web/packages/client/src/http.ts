import type { Problem } from '@trunkline/api-types';
import type { Environment } from './environment.ts';

/** A request that did not give what was asked for. `status` 0: the server could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(problem: Pick<Problem, 'status' | 'code' | 'title'> & { detail?: string | null }) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
  }
}

export function queryString(values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

export async function postJson<T>(
  environment: Environment,
  url: string,
  body: object,
  signal?: AbortSignal,
): Promise<T> {
  const response = await post(environment, url, body, signal);
  return (await response.json()) as T;
}

/** Posts, and gives the answer unread: for one that comes in pieces. */
export async function post(
  environment: Environment,
  url: string,
  body: object,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await reach(environment, url, signal, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

export async function getJson<T>(
  environment: Environment,
  url: string,
  signal?: AbortSignal,
): Promise<T> {
  const response = await reach(environment, url, signal);
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (await response.json()) as T;
}

async function reach(
  environment: Environment,
  url: string,
  signal?: AbortSignal,
  more: { method?: string; body?: string } = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (more.body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await environment.fetch(url, { headers, ...more, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted || error instanceof ApiError) throw error;
    throw new ApiError({ status: 0, code: 'unreachable', title: 'The server does not answer' });
  }
}

/** What a refusal says of itself. */
export async function problemOf(response: Response) {
  const known: Partial<Problem> = await response.json().then(
    (body: unknown) => (typeof body === 'object' && body !== null ? body : {}),
    () => ({}),
  );
  return {
    status: response.status,
    code: known.code ?? 'unknown',
    title: known.title ?? `The server answered ${response.status}`,
    detail: known.detail ?? null,
  };
}
