/**
 * What the console adds to the client: lists of calls, whole call pages, review and uploads. The views fold
 * events into what a page shows; they are pure and know no framework.
 */
export type * from '@trunkline/api-types';
export type { BacktestRequest, KnowledgeQuery } from './assist.ts';
export { createClient } from './client.ts';
export type { ClientOptions, TrunklineClient } from './client.ts';
export type { Auth, AuthState } from '../auth/auth.ts';
export type { AuthOptions } from '../auth/options.ts';
export type { ConnectionState } from '../connection-options.ts';
export { defaultEnvironment } from '../environment.ts';
export type { Environment, Socket, SocketHandlers } from '../environment.ts';
export type { SubscribeOptions } from '../subscription.ts';
export { ApiError } from '../http.ts';
export type { CallQuery } from './rest.ts';
export { Upload } from './upload.ts';
export type { UploadState } from './upload.ts';
export {
  callListOf,
  emptyCallList,
  liveCalls,
  needsNewRow,
  newestFirst,
  reduceCallList,
  withRows,
} from './call-list.ts';
export type { CallListView } from './call-list.ts';
export { emptyCall, isOnHold, reduceCall } from './call.ts';
export type { CallView } from './call.ts';
export { emptyGuidance, reduceGuidance } from '../guidance.ts';
export { findInCall } from './search.ts';
export type { Match } from './search.ts';
export { emptyTranscript, shownUtterances } from '../transcript.ts';
export type { ShownUtterance, TranscriptView } from '../transcript.ts';
