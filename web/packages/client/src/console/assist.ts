import type {
  Act,
  BacktestLine,
  BacktestResult,
  GuidanceStatistics,
  KnowledgeFound,
  PlaybookList,
  PlaybookProblem,
  PlaybookText,
  Whoami,
} from '@trunkline/api-types';
import type { Environment } from '../environment.ts';
import { ApiError, getJson, post, postJson, queryString } from '../http.ts';
import { jsonLines } from './json-lines.ts';

/** Between the tries of an act that did not reach the server. */
const RETRY_MS = 1500;
const MAX_TRIES = 3;

export interface KnowledgeQuery {
  query: string;
  call_id?: string;
  limit?: number;
  /** Whether an answer is wanted beside the passages. */
  answer?: boolean;
}

export interface BacktestRequest {
  yaml: string;
  days: number;
  limit?: number;
}

/** What desks, supervisors and those who write playbooks ask of the server. */
export interface Assist {
  whoami: (signal?: AbortSignal) => Promise<Whoami>;
  /** Does something at a call's desk. Sent again when it did not arrive; the server does it once. */
  act: (callId: string, act: Act) => Promise<void>;
  searchKnowledge: (query: KnowledgeQuery, signal?: AbortSignal) => Promise<KnowledgeFound>;
  guidanceStatistics: (days: number, signal?: AbortSignal) => Promise<GuidanceStatistics>;
  playbooks: (signal?: AbortSignal) => Promise<PlaybookList>;
  playbook: (id: string, signal?: AbortSignal) => Promise<PlaybookText>;
  checkPlaybook: (yaml: string) => Promise<{ problems: PlaybookProblem[] }>;
  /** Guides the stored calls of the last days again. `onProgress` hears how many of how many are done. */
  backtest: (
    request: BacktestRequest,
    onProgress: (done: number, of: number) => void,
    signal: AbortSignal,
  ) => Promise<BacktestResult>;
}

export function createAssist(origin: string, environment: Environment): Assist {
  const get = <T>(path: string, signal?: AbortSignal) =>
    getJson<T>(environment, `${origin}${path}`, signal);
  const playbookPath = (id: string) => `/v1/playbooks/${encodeURIComponent(id)}`;
  return {
    whoami: (signal) => get('/v1/whoami', signal),
    act: (callId, act) => {
      const url = `${origin}/v1/calls/${encodeURIComponent(callId)}/acts`;
      return sendAct(environment, url, { id: actId(environment), ...act });
    },
    searchKnowledge: async (query, signal) => {
      const response = await post(environment, `${origin}/v1/knowledge/search`, query, signal);
      return (await response.json()) as KnowledgeFound;
    },
    guidanceStatistics: (days, signal) =>
      get(`/v1/guidance/statistics${queryString({ days })}`, signal),
    playbooks: (signal) => get('/v1/playbooks', signal),
    playbook: (id, signal) => get(playbookPath(id), signal),
    checkPlaybook: (yaml) => postJson(environment, `${origin}/v1/playbooks/check`, { yaml }),
    backtest: async (request, onProgress, signal) => {
      const url = `${origin}/v1/playbooks/backtest`;
      const response = await post(environment, url, request, signal);
      for await (const line of jsonLines<BacktestLine>(response)) {
        if (line.type === 'progress') onProgress(line.done, line.of);
        else if (line.type === 'result') return line;
        else throw new ApiError({ status: 500, code: 'backtest_failed', title: line.detail });
      }
      throw new ApiError({
        status: 0,
        code: 'cut_off',
        title: 'The server stopped before it was through',
      });
    },
  };
}

async function sendAct(
  environment: Environment,
  url: string,
  act: Act & { id: string },
): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await postJson(environment, url, act);
      return;
    } catch (error) {
      const canPass = error instanceof ApiError && (error.status === 0 || error.status >= 500);
      if (!canPass || tried >= MAX_TRIES) throw error;
    }
    await new Promise<void>((resolve) => environment.timer(RETRY_MS, resolve));
  }
}

/** Not `crypto.randomUUID`, which pages without TLS do not have; it only has to differ from the call's other acts. */
function actId({ nowMs, random }: Environment): string {
  const part = () =>
    Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, '0');
  return `${nowMs().toString(36)}-${part()}${part()}`;
}
