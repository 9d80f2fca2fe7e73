/**
 * Speaks with a Trunkline server from any JavaScript: the calls of an agent or a supervisor with their words, cards,
 * checklists and summaries, over whatever transport works. What pages of the console need beyond that is in
 * `@trunkline/client/console`.
 */
export type * from '@trunkline/api-types';
export type { Auth, AuthState } from './auth/auth.ts';
export type { ExternalToken } from './auth/exchange.ts';
export type { AuthOptions, AuthStorage } from './auth/options.ts';
export type { PopupOptions } from './auth/popup.ts';
export type { RequestDraft, RequestInterceptor } from './authorised.ts';
export type { RetryOptions } from './backoff.ts';
export { createClient } from './client.ts';
export type { ClientOptions, TrunklineClient } from './client.ts';
export type { ConnectionState, TimeoutOptions } from './connection-options.ts';
export type { CoreOptions, Interceptors, Telemetry } from './core.ts';
export { defaultEnvironment } from './environment.ts';
export type {
  Environment,
  Page,
  PageMessage,
  Popup,
  RequestSent,
  Socket,
  SocketConstructor,
  SocketHandlers,
} from './environment.ts';
export { emptyGuidance, reduceGuidance } from './guidance.ts';
export { ApiError } from './http.ts';
export type { Readable } from './observable.ts';
export type { Hint, Hints } from './session/hints.ts';
export type {
  Checklist,
  Messages,
  SearchOptions,
  SessionProblem,
  Summary,
  SummaryEdit,
  VoiceSession,
  Workflows,
} from './session/session.ts';
export type { SessionStatus } from './session/state.ts';
export type { Voice } from './session/voice.ts';
export { emptyTranscript, shownUtterances } from './transcript.ts';
export type { ShownUtterance, TranscriptView } from './transcript.ts';
export type { TransportName } from './transports/transport.ts';
