// One call: from its stream to its words.
import { Matroska } from './matroska.js';
import { openMedia } from './kvs.js';
import { openRecogniser } from './recogniser.js';

/** 200 ms of two channels at 8 kHz: what Deepgram takes in one message. */
const MESSAGE_BYTES = 6_400;
const CUSTOMER = 'AUDIO_FROM_CUSTOMER';

export class Call {
  constructor(id, publish) {
    this.id = id;
    this.publish = publish;
    this.startMs = undefined;
    this.waiting = [[], []];
    this.seq = 0;
  }

  async run({ kvs, recogniser, key, stream, startMs }) {
    this.recogniser = await openRecogniser(recogniser, key, (message) => this.heard(message));
    const media = await openMedia(kvs, stream, startMs);
    const matroska = new Matroska((block) => this.block(block));
    for await (const chunk of media) {
      matroska.push(chunk);
      this.send();
    }
    this.recogniser.close();
  }

  block({ name, timeMs, payload }) {
    this.startMs ??= timeMs;
    this.waiting[name === CUSTOMER ? 0 : 1].push(payload);
  }

  /** Puts the blocks that both channels have together, frame by frame, and sends them. */
  send() {
    const [customer, other] = this.waiting;
    const out = [];
    while (customer.length > 0 && other.length > 0) out.push(interleave(customer.shift(), other.shift()));
    const audio = Buffer.concat(out);
    for (let at = 0; at < audio.length; at += MESSAGE_BYTES) {
      this.recogniser.send(audio.subarray(at, at + MESSAGE_BYTES));
    }
  }

  heard(text) {
    const message = JSON.parse(text);
    if (message.type !== 'Results') return;
    const { channel_index: [channel], start, duration, speech_final: isFinal, channel: heard } = message;
    const { words } = heard.alternatives[0];
    if (words.length === 0) return;
    this.publish({
      type: isFinal ? 'utterance_completed' : 'utterance_updated',
      call_id: this.id,
      seq: isFinal ? ++this.seq : 0,
      stages: { captured_us: Math.round(this.startMs * 1e3 + (start + duration) * 1e6) },
      data: {
        channel: channel === 0 ? 'customer' : 'to_customer',
        start_ms: Math.round(start * 1e3),
        words: words.map((word) => ({
          text: word.punctuated_word,
          start_ms: Math.round(word.start * 1e3),
          end_ms: Math.round(word.end * 1e3),
          confidence: word.confidence,
        })),
      },
    });
  }
}

function interleave(first, second) {
  const frames = Math.min(first.length, second.length) >> 1;
  // Copies, since a view of 16-bit samples must begin at an even address.
  const left = new Int16Array(Uint8Array.prototype.slice.call(first).buffer, 0, frames);
  const right = new Int16Array(Uint8Array.prototype.slice.call(second).buffer, 0, frames);
  const both = new Int16Array(frames * 2);
  for (let n = 0; n < frames; n += 1) {
    both[2 * n] = left[n];
    both[2 * n + 1] = right[n];
  }
  return Buffer.from(both.buffer);
}
