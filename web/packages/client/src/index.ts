/**
 * Speaks with a Trunkline server from any JavaScript. What pages of the console need beyond that is in
 * `@trunkline/client/console`.
 */
export type * from '@trunkline/api-types';
export type { ConnectionState } from './connection.ts';
export { defaultEnvironment } from './environment.ts';
export type { Environment, Socket, SocketHandlers } from './environment.ts';
export { emptyGuidance, reduceGuidance } from './guidance.ts';
export { ApiError } from './http.ts';
export { emptyTranscript, shownUtterances } from './transcript.ts';
export type { ShownUtterance, TranscriptView } from './transcript.ts';
