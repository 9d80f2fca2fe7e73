import type { CallSummary } from '@trunkline/api-types';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, sendJson, sendProblem } from './answers.ts';
import type { SentAct } from './guidance.ts';
import type { MockServer } from './server.ts';

/** Answers what is asked of guidance as a whole; false when the path is none of its own. */
export function handleGuidance(
  server: MockServer,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { guidance } = server;
  const [, , resource, id] = url.pathname.split('/');
  if (resource === 'whoami') sendJson(response, guidance.whoami);
  else if (resource === 'access')
    sendJson(response, { required: false, oidc: null, exchange: false, api_keys: false });
  else if (resource === 'knowledge') void search(server, request, response);
  else if (resource === 'guidance') sendJson(response, guidance.statistics);
  else if (resource === 'playbooks' && id === undefined) sendJson(response, guidance.list);
  else if (resource === 'playbooks' && id === 'check') void check(server, request, response);
  else if (resource === 'playbooks' && id === 'backtest') backtest(server, response);
  else if (resource === 'playbooks') {
    const found = guidance.playbook(decodeURIComponent(id ?? ''));
    if (found === null)
      sendProblem(response, 404, 'no_such_playbook', 'There is no such playbook.');
    else sendJson(response, found);
  } else return false;
  return true;
}

/** An act on a call: refused, or taken and, a moment later, an event. */
export async function handleAct(
  server: MockServer,
  call: CallSummary,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const act = JSON.parse(await bodyOf(request)) as SentAct;
  const { guidance } = server;
  if (guidance.refusal !== null) {
    const { status, code, title } = guidance.refusal;
    sendProblem(response, status, code, title);
    return;
  }
  const isOver = call.state === 'ended' && act.type !== 'summary' && act.type !== 'hint';
  if (isOver) {
    sendProblem(response, 409, 'call_ended', 'The call is over.');
    return;
  }
  response.writeHead(202, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: act.id }));
  const atMs = call.duration_ms ?? server.nowMs() - call.started_at_ms;
  for (const event of guidance.take(call.call_id, act, atMs)) server.log(call.call_id, event);
}

async function search(
  { guidance }: MockServer,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const body = JSON.parse(await bodyOf(request)) as { query: string; answer?: boolean };
  sendJson(response, guidance.search(body.query, body.answer ?? false));
}

async function check({ guidance }: MockServer, request: IncomingMessage, response: ServerResponse) {
  const { yaml } = JSON.parse(await bodyOf(request)) as { yaml: string };
  sendJson(response, { problems: guidance.check(yaml) });
}

function backtest({ guidance }: MockServer, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const lines = [...guidance.backtest];
  const next = () => {
    const line = lines.shift();
    if (line === undefined || response.destroyed) return void response.end();
    response.write(`${JSON.stringify(line)}\n`);
    setTimeout(next, guidance.backtestEveryMs);
  };
  next();
}
