/**
 * Speaks with a Trunkline server from any JavaScript: REST, and one WebSocket that resumes where it
 * stopped. `views` fold events into what a page shows; they are pure and know no framework.
 */
export type * from '@trunkline/api-types';
export { createClient } from './client.ts';
export type { ClientOptions, TrunklineClient } from './client.ts';
export type { ConnectionState, SubscribeOptions } from './connection.ts';
export { browserEnvironment } from './environment.ts';
export type { Environment, Socket, SocketHandlers } from './environment.ts';
export { ApiError } from './rest.ts';
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
} from './views/call-list.ts';
export type { CallListView } from './views/call-list.ts';
export { emptyCall, isOnHold, reduceCall } from './views/call.ts';
export type { CallView } from './views/call.ts';
export { emptyGuidance, reduceGuidance } from './views/guidance.ts';
export { findInCall } from './views/search.ts';
export type { Match } from './views/search.ts';
export { emptyTranscript, shownUtterances } from './views/transcript.ts';
export type { ShownUtterance, TranscriptView } from './views/transcript.ts';
