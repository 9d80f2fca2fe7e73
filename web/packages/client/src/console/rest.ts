import type {
  CallList,
  CallState,
  CallSummary,
  EventPage,
  ExportFormat,
  Latency,
  ReviewDecision,
  ReviewLook,
  ReviewOutcome,
  ReviewPage,
  Status,
  Transcript,
  Waveform,
} from '@trunkline/api-types';
import type { Environment } from '../environment.ts';
import { getJson, postJson, queryString } from '../http.ts';

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
