import type { CallSummary, Latency, ReviewDecision } from '@trunkline/api-types';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, sendJson, sendProblem } from './answers.ts';
import { handleAct, handleGuidance } from './guidance-http.ts';
import { sendRecording, waveformOf } from './media.ts';
import type { MockServer } from './server.ts';
import { sendConsole } from './static.ts';

const startedAtMs = Date.now() - 5_400_000;

const latency: Latency = {
  hints: [
    { stage: 'hint', p50_ms: 702, p95_ms: 1010, p99_ms: 1240, count: 64 },
    { stage: 'hint_by_model', p50_ms: 1830, p95_ms: 2900, p99_ms: 3420, count: 12 },
    { stage: 'model', p50_ms: 1120, p95_ms: 2080, p99_ms: 2510, count: 12 },
  ],
  slowest: [
    { call_id: 'past-3', stage: 'recognise', worst_ms: 1710, total_ms: 1930 },
    { call_id: 'card-live', stage: 'recognise', worst_ms: 880, total_ms: 1120 },
  ],
  stages: [
    { stage: 'capture', p50_ms: 121, p95_ms: 190, p99_ms: 240, count: 812 },
    { stage: 'recognise', p50_ms: 410, p95_ms: 690, p99_ms: 905, count: 812 },
    { stage: 'redact', p50_ms: 0.4, p95_ms: 0.9, p99_ms: 1.6, count: 812 },
    { stage: 'append', p50_ms: 1.2, p95_ms: 3.4, p99_ms: 7.8, count: 812 },
    { stage: 'deliver', p50_ms: 0.3, p95_ms: 0.8, p99_ms: 2.1, count: 812 },
    { stage: 'total', p50_ms: 538, p95_ms: 874, p99_ms: 1120, count: 812 },
  ],
};

export function handleHttp(
  server: MockServer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (server.isDown) return void request.socket.destroy();
  const url = new URL(request.url ?? '/', server.url);
  if (!url.pathname.startsWith('/v1/')) return sendConsole(url.pathname, response, server);
  // Never answered: the page stays in its loading state for as long as a test looks at it.
  if (server.isSlow) return;
  const [, , resource, id, part] = url.pathname.split('/');
  if (resource === 'status') return sendJson(response, statusOf(server));
  if (resource === 'review') return sendReview(server, response);
  if (resource === 'session') return void signIn(server, request, response);
  if (handleGuidance(server, url, request, response)) return;
  if (resource !== 'calls')
    return sendProblem(response, 404, 'not_found', 'There is nothing here.');
  if (id === undefined) return sendJson(response, pageOf(server, url.searchParams));
  const call = server.calls().find(({ call_id }) => call_id === decodeURIComponent(id));
  if (call === undefined)
    return sendProblem(response, 404, 'no_such_call', 'There is no such call.');
  if (part === 'review') return void handleReview(server, url.pathname, request, response);
  if (part === 'acts') return void handleAct(server, call, request, response);
  sendPart(server, call, part, url.searchParams, request, response);
}

function sendReview({ review }: MockServer, response: ServerResponse): void {
  if (review.key !== null && !review.isSignedIn)
    return sendProblem(response, 401, 'sign_in', 'Only reviewers may see this.');
  sendJson(response, { reviewer: review.reviewer, findings: review.findings, more: false });
}

async function signIn({ review }: MockServer, request: IncomingMessage, response: ServerResponse) {
  const { key } = JSON.parse(await bodyOf(request)) as { key: string };
  review.isSignedIn = key === review.key;
  if (review.isSignedIn) {
    sendJson(response, { reviewer: review.reviewer });
    return;
  }
  sendProblem(response, 401, 'sign_in', 'This is no reviewer\u2019s key.');
}

async function handleReview(
  { review }: MockServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const [, , , , , finding = '', act] = path.split('/');
  const body = await bodyOf(request);
  if (act !== 'look') {
    sendJson(response, review.decide(finding, JSON.parse(body) as ReviewDecision));
    return;
  }
  review.looks.push(finding);
  const item = review.findings.find((one) => one.finding.id === finding);
  sendJson(response, { utterances: review.clear.get(finding) ?? item?.context ?? [] });
}

function sendPart(
  server: MockServer,
  call: CallSummary,
  part: string | undefined,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const log = server.logOf(call.call_id) ?? [];
  switch (part) {
    case undefined:
      return sendJson(response, call);
    case 'events':
      return sendJson(response, {
        events: log.filter((event) => event.seq > Number(query.get('after') ?? 0)),
        next_after: null,
      });
    case 'latency':
      return sendJson(
        response,
        call.utterances > 0 ? latency : { stages: [], hints: [], slowest: [] },
      );
    case 'waveform':
      if (!call.has_recording) return sendNoRecording(response);
      return sendJson(response, waveformOf(call, log));
    case 'recording':
      if (!call.has_recording) return sendNoRecording(response);
      return sendRecording(call, log, request, response);
    case 'export':
      response.writeHead(200, {
        'content-disposition': `attachment; filename="${call.call_id}.txt"`,
      });
      response.end('transcript');
      return;
    default:
      return sendProblem(response, 404, 'not_found', 'There is nothing here.');
  }
}

function pageOf(server: MockServer, query: URLSearchParams): object {
  const state = query.get('state');
  const limit = Number(query.get('limit') ?? 50);
  const calls = server.calls().filter((call) => state === null || call.state === state);
  const from = calls.findIndex((call) => call.call_id === query.get('after')) + 1;
  const shown = calls.slice(from, from + limit);
  const next = from + limit < calls.length ? shown.at(-1)?.call_id : null;
  return { calls: shown, next, position: server.position };
}

function statusOf(server: MockServer): object {
  return {
    version: '0.1.0',
    worker: 'host-1',
    roles: ['api', 'worker'],
    transcription: server.transcription,
    live_calls: server.calls().filter((call) => call.state === 'live').length,
    started_at_ms: startedAtMs,
    latency,
    recording: { state: 'running', detail: null },
  };
}

function sendNoRecording(response: ServerResponse): void {
  sendProblem(response, 404, 'no_recording', 'The recording is not there yet.');
}
