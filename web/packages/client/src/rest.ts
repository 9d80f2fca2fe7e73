import type {
  CallList,
  CallState,
  CallSummary,
  EventPage,
  ExportFormat,
  Latency,
  Problem,
  ReviewDecision,
  ReviewLook,
  ReviewOutcome,
  ReviewPage,
  Status,
  Transcript,
  Waveform,
} from '@trunkline/api-types';
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

export interface CallQuery {
  state?: CallState;
  after?: string;
  limit?: number;
}

export interface Rest {
  calls: (query: CallQuery, signal?: AbortSignal) => Promise<CallList>;
  call: (callId: string, signal?: AbortSignal) => Promise<CallSummary>;
  transcript: (callId: string, signal?: AbortSignal) => Promise<Transcript>;
  events: (callId: string, after: number, signal?: AbortSignal) => Promise<EventPage>;
  waveform: (callId: string, signal?: AbortSignal) => Promise<Waveform>;
  latency: (callId: string, signal?: AbortSignal) => Promise<Latency>;
  status: (signal?: AbortSignal) => Promise<Status>;
  /** Findings that wait for a reviewer. */
  reviews: (query: { limit?: number }, signal?: AbortSignal) => Promise<ReviewPage>;
  decideFinding: (
    callId: string,
    finding: string,
    decision: ReviewDecision,
  ) => Promise<ReviewOutcome>;
  /** What a finding hides; the look is written down. */
  lookAtFinding: (callId: string, finding: string) => Promise<ReviewLook>;
  /** Makes this browser known as a reviewer's. */
  signIn: (key: string) => Promise<unknown>;
  recordingUrl: (callId: string) => string;
  /** The signed report of what was verified, as a page. */
  evidenceUrl: (callId: string) => string;
  exportUrl: (callId: string, format: ExportFormat) => string;
}

const EVENTS_PER_PAGE = 1000;

export function createRest(origin: string, environment: Environment): Rest {
  const ofCall = (callId: string, part = '') =>
    `${origin}/v1/calls/${encodeURIComponent(callId)}${part}`;
  const get = <T>(url: string, signal?: AbortSignal) => getJson<T>(environment, url, signal);
  return {
    calls: (query, signal) => get(`${origin}/v1/calls${queryString({ ...query })}`, signal),
    call: (callId, signal) => get(ofCall(callId), signal),
    transcript: (callId, signal) => get(ofCall(callId, '/transcript'), signal),
    events: (callId, after, signal) =>
      get(ofCall(callId, `/events${queryString({ after, limit: EVENTS_PER_PAGE })}`), signal),
    waveform: (callId, signal) => get(ofCall(callId, '/waveform'), signal),
    latency: (callId, signal) => get(ofCall(callId, '/latency'), signal),
    status: (signal) => get(`${origin}/v1/status`, signal),
    reviews: (query, signal) => get(`${origin}/v1/review${queryString(query)}`, signal),
    decideFinding: (callId, finding, decision) =>
      postJson(environment, ofCall(callId, `/review/${encodeURIComponent(finding)}`), decision),
    lookAtFinding: (callId, finding) =>
      postJson(environment, ofCall(callId, `/review/${encodeURIComponent(finding)}/look`), {}),
    signIn: (key) => postJson(environment, `${origin}/v1/session`, { key }),
    recordingUrl: (callId) => ofCall(callId, '/recording'),
    evidenceUrl: (callId) => ofCall(callId, '/evidence.html'),
    exportUrl: (callId, format) => ofCall(callId, `/export?format=${format}`),
  };
}

function queryString(values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

export async function postJson<T>(environment: Environment, url: string, body: object): Promise<T> {
  const response = await reach(environment, url, undefined, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (await response.json()) as T;
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
  const headers = { accept: 'application/json' };
  try {
    return await environment.fetch(url, { headers, ...more, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ status: 0, code: 'unreachable', title: 'The server does not answer' });
  }
}

async function problemOf(response: Response) {
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
