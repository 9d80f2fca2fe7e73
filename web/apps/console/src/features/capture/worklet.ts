import { interleave } from './frames.ts';

/** What the audio thread offers; TypeScript's DOM library does not describe it. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;

/** How much is handed over at once. */
const PIECE_MS = 100;

/** Hands over what it hears of its input's channels as interleaved 16-bit samples. */
class Capture extends AudioWorkletProcessor {
  readonly #channels: number;
  #piece: Int16Array;
  #at = 0;

  constructor(options: { processorOptions: { channels: number } }) {
    super();
    this.#channels = options.processorOptions.channels;
    this.#piece = this.#empty();
  }

  process([input]: Float32Array[][]): boolean {
    const count = input?.[0]?.length ?? 128;
    let done = 0;
    while (done < count) {
      const room = (this.#piece.length - this.#at) / this.#channels;
      const some = Math.min(room, count - done);
      const heard = Array.from({ length: this.#channels }, (_, index) =>
        input?.[index]?.subarray(done, done + some),
      );
      interleave(heard, some, this.#piece, this.#at);
      this.#at += some * this.#channels;
      done += some;
      if (this.#at === this.#piece.length) this.#handOver();
    }
    return true;
  }

  #handOver(): void {
    this.port.postMessage(this.#piece.buffer, [this.#piece.buffer]);
    this.#piece = this.#empty();
    this.#at = 0;
  }

  #empty(): Int16Array<ArrayBuffer> {
    return new Int16Array(Math.round((sampleRate * PIECE_MS) / 1000) * this.#channels);
  }
}

registerProcessor('capture', Capture);
