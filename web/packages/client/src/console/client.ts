import type { NewUpload } from '@trunkline/api-types';
import type { ConnectionState, SubscribeOptions } from '../connection.ts';
import { Connection } from '../connection.ts';
import type { Environment } from '../environment.ts';
import { browserEnvironment } from '../environment.ts';
import type { Assist } from './assist.ts';
import { createAssist } from './assist.ts';
import type { Rest } from './rest.ts';
import { createRest } from './rest.ts';
import type { UploadState } from './upload.ts';
import { Upload } from './upload.ts';

export interface TrunklineClient extends Rest, Assist {
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

export interface ClientOptions {
  /** Scheme, host and port of the server, such as `http://127.0.0.1:8080`. */
  origin: string;
  environment?: Environment;
}

export function createClient({
  origin,
  environment = browserEnvironment(),
}: ClientOptions): TrunklineClient {
  const connection = new Connection(`${origin.replace(/^http/, 'ws')}/v1/subscribe`, environment);
  return {
    ...createRest(origin, environment),
    ...createAssist(origin, environment),
    followCalls: (options) => connection.subscribe({ topic: 'calls' }, options),
    followCall: (callId, options) =>
      connection.subscribe({ topic: 'call', call_id: callId }, options),
    connection: () => connection.state,
    watchConnection: (watcher) => connection.watch(watcher),
    retryNow: () => connection.retryNow(),
    upload: (audio, watcher) => new Upload({ origin, environment, audio, watcher }),
  };
}
