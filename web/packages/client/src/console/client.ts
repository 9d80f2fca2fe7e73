import type { NewUpload } from '@trunkline/api-types';
import type { Auth } from '../auth/auth.ts';
import type { ConnectionState } from '../connection-options.ts';
import type { CoreOptions } from '../core.ts';
import { createCore } from '../core.ts';
import type { SubscribeOptions } from '../subscription.ts';
import type { Assist } from './assist.ts';
import { createAssist } from './assist.ts';
import type { Rest } from './rest.ts';
import { createRest } from './rest.ts';
import type { UploadState } from './upload.ts';
import { Upload } from './upload.ts';

export interface TrunklineClient extends Rest, Assist {
  auth: Auth;
  /** Follows the logged events of all calls, by `position`. */
  followCalls: (options: SubscribeOptions) => void;
  /** Follows one call: its log by `seq`, and words in the making. */
  followCall: (callId: string, options: SubscribeOptions) => void;
  connection: () => ConnectionState;
  watchConnection: (watcher: (state: ConnectionState) => void) => () => void;
  retryNow: () => void;
  /** Uploads audio as it is spoken, over lost connections. */
  upload: (audio: NewUpload, watcher: (state: UploadState) => void) => Upload;
}

export type ClientOptions = CoreOptions;

/** The console's client: the same connection as everybody's, and all that its pages ask for. */
export function createClient(options: ClientOptions): TrunklineClient {
  const { origin, environment, connection, auth } = createCore(options);
  return {
    ...createRest(origin, environment),
    ...createAssist(origin, environment),
    auth,
    followCalls: (follow) => connection.subscribe({ topic: 'calls' }, follow),
    followCall: (callId, follow) =>
      connection.subscribe({ topic: 'call', call_id: callId }, follow),
    connection: () => connection.state,
    watchConnection: (watcher) => connection.watch(watcher),
    retryNow: () => connection.retryNow(),
    upload: (audio, watcher) => new Upload({ origin, environment, audio, watcher }),
  };
}
