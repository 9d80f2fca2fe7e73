import type { BegunUpload, NewUpload, UploadAck, UploadProgress } from '@trunkline/api-types';
import { backoffMs } from '../backoff.ts';
import type { Environment, Socket } from '../environment.ts';
import { ApiError, getJson, postJson } from '../http.ts';
import { Pieces } from './pieces.ts';

/** What is kept for a lost connection, and for a server that asks again for what it had. */
const KEPT_S = 60;
/** What may be on its way without an answer; the rest waits here. */
const ON_ITS_WAY_S = 2;
/** Codes after which trying again is in vain. */
const OVER = new Set(['upload_over', 'no_such_upload']);

/** How an upload is doing. */
export interface UploadState {
  /**
   * `waiting`: the server is there and takes no more for the moment. `lost`: the connection is, and is tried
   * again. `over`: the call has ended. `failed`: `detail` says why, and nothing more is tried.
   */
  phase: 'starting' | 'sending' | 'waiting' | 'lost' | 'finished' | 'over' | 'failed';
  callId: string | null;
  /** Audio that the server does not have yet. */
  behindMs: number;
  /** Audio that was dropped here before the server had it. The call has a gap there. */
  lostMs: number;
  detail: string | null;
}

interface UploadOptions {
  origin: string;
  environment: Environment;
  audio: NewUpload;
  watcher: (state: UploadState) => void;
}

/**
 * Sends audio as it is spoken. The server says up to where it has it; after a lost connection it is sent again
 * from there, and what is not kept any more is told as a gap.
 */
export class Upload {
  readonly #origin: string;
  readonly #environment: Environment;
  readonly #audio: NewUpload;
  readonly #watcher: (state: UploadState) => void;
  readonly #bytesPerS: number;
  readonly #pieces: Pieces;
  #state: UploadState = {
    phase: 'starting',
    callId: null,
    behindMs: 0,
    lostMs: 0,
    detail: null,
  };
  #uploadId: string | null = null;
  #socket: Socket | null = null;
  #sockets = 0;
  #isReady = false;
  #attempt = 0;
  /** What was sent, and what the server has. */
  #sent = 0;
  #acked = 0;
  #isFinishing = false;
  #cancelRetry: () => void = () => undefined;

  constructor({ origin, environment, audio, watcher }: UploadOptions) {
    this.#origin = origin;
    this.#environment = environment;
    this.#audio = audio;
    this.#watcher = watcher;
    const sampleBytes = audio.encoding === 'pcm16' ? 2 : 1;
    this.#bytesPerS = audio.sample_rate_hz * audio.channels.length * sampleBytes;
    this.#pieces = new Pieces(KEPT_S * this.#bytesPerS);
    this.#begin();
  }

  get state(): UploadState {
    return this.#state;
  }

  /** Takes the next audio: whole samples of every channel. */
  push(bytes: ArrayBuffer): void {
    if (this.#isOver || this.#isFinishing) return;
    this.#pieces.push(bytes);
    this.#pump();
    this.#become({});
  }

  /** Ends the upload once the server has all of it. */
  finish(): void {
    this.#isFinishing = true;
    this.#pump();
  }

  /** Drops everything: nothing more is sent or told. */
  abort(): void {
    if (!this.#isOver) this.#stop('failed', 'aborted');
  }

  get #isOver(): boolean {
    return ['finished', 'over', 'failed'].includes(this.#state.phase);
  }

  #begin(): void {
    postJson<BegunUpload>(this.#environment, `${this.#origin}/v1/uploads`, this.#audio).then(
      (begun) => {
        if (this.#isOver) return;
        this.#uploadId = begun.upload_id;
        this.#become({ callId: begun.call_id });
        this.#open();
      },
      (error: unknown) => this.#refused(error, () => this.#begin()),
    );
  }

  #open(): void {
    const number = ++this.#sockets;
    const whenCurrent = (act: () => void) => {
      if (number === this.#sockets && this.#socket !== null) act();
    };
    const url = `${this.#path().replace(/^http/, 'ws')}/socket`;
    this.#isReady = false;
    this.#socket = this.#environment.openSocket(url, {
      onOpen: () => undefined,
      onClose: () => whenCurrent(() => this.#closed()),
      onMessage: (data) => whenCurrent(() => this.#handle(data)),
    });
  }

  #path(): string {
    return `${this.#origin}/v1/uploads/${encodeURIComponent(this.#uploadId ?? '')}`;
  }

  #handle(data: unknown): void {
    const ack = parseAck(data);
    if (ack === null) return;
    switch (ack.type) {
      case 'ready':
        return this.#ready(ack.offset);
      case 'ack':
        this.#acked = ack.offset;
        this.#become({ phase: 'sending', detail: null });
        return this.#pump();
      case 'wait':
        return this.#become({ phase: 'waiting' });
      case 'finished':
        return this.#stop('finished', null);
      case 'error':
        if (OVER.has(ack.code)) return this.#stop('over', ack.detail);
        if (ack.code === 'bad_audio') return this.#stop('failed', ack.detail);
        return this.#closed();
    }
  }

  /** The server takes audio from here on; what is not kept any more is a gap. */
  #ready(offset: number): void {
    this.#isReady = true;
    this.#attempt = 0;
    this.#sent = this.#acked = offset;
    const { start } = this.#pieces;
    if (offset < start) {
      const lostMs = this.#state.lostMs + ((start - offset) * 1000) / this.#bytesPerS;
      this.#socket?.send(JSON.stringify({ type: 'gap', offset: start }));
      this.#sent = start;
      this.#become({ phase: 'sending', lostMs });
    } else this.#become({ phase: 'sending', detail: null });
    this.#pump();
  }

  /** Sends what may be sent now. */
  #pump(): void {
    if (!this.#isReady || this.#isOver) return;
    while (this.#sent - this.#acked < ON_ITS_WAY_S * this.#bytesPerS) {
      const bytes = this.#pieces.from(this.#sent);
      if (bytes === null) break;
      this.#socket?.send(bytes);
      this.#sent += bytes.byteLength;
    }
    // What overflowed here while the server was slow: the server is asked anew, and told.
    if (this.#sent < this.#pieces.start) return this.#closed();
    if (this.#isFinishing && this.#sent === this.#pieces.end) {
      this.#isReady = false;
      this.#socket?.send(JSON.stringify({ type: 'finish' }));
    }
  }

  /** The socket is gone, or never was: whether the upload is, too, only the server can say. */
  #closed(): void {
    this.#detach();
    this.#become({ phase: 'lost' });
    this.#later(() => {
      getJson<UploadProgress>(this.#environment, this.#path()).then(
        (progress) => {
          if (this.#isOver) return;
          if (progress.state === 'finished') this.#stop('finished', null);
          else this.#open();
        },
        (error: unknown) => this.#refused(error, () => this.#closed()),
      );
    });
  }

  #refused(error: unknown, again: () => void): void {
    if (this.#isOver) return;
    const detail = error instanceof Error ? error.message : String(error);
    const { code, status } = error instanceof ApiError ? error : { code: 'unknown', status: 0 };
    if (OVER.has(code)) return this.#stop('over', detail);
    const isOurs = status >= 400 && status < 500 && code !== 'upload_elsewhere';
    if (isOurs) return this.#stop('failed', detail);
    this.#become({ phase: this.#uploadId === null ? 'starting' : 'lost', detail });
    if (this.#uploadId === null) this.#later(again);
    else again();
  }

  #later(act: () => void): void {
    this.#attempt += 1;
    this.#cancelRetry();
    const delayMs = backoffMs(this.#attempt, this.#environment.random);
    this.#cancelRetry = this.#environment.timer(delayMs, act);
  }

  #stop(phase: UploadState['phase'], detail: string | null): void {
    this.#cancelRetry();
    this.#detach();
    this.#become({ phase, detail });
  }

  #detach(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isReady = false;
    socket?.close();
  }

  #become(change: Partial<UploadState>): void {
    const behindMs = ((this.#pieces.end - this.#acked) * 1000) / this.#bytesPerS;
    this.#state = { ...this.#state, behindMs, ...change };
    this.#watcher(this.#state);
  }
}

function parseAck(data: unknown): UploadAck | null {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data) as UploadAck;
  } catch {
    return null;
  }
}
