import type {
  CallSummary,
  Channel,
  Envelope,
  TranscriptWord,
  Waveform,
} from '@trunkline/api-types';
import type { IncomingMessage, ServerResponse } from 'node:http';

const PEAKS_PER_SECOND = 20;
const SAMPLE_RATE_HZ = 8000;
const HEADER_BYTES = 44;

interface Spoken {
  channel: Channel;
  words: TranscriptWord[];
}

function spokenIn(log: Envelope[]): Spoken[] {
  return log.flatMap((event) => (event.type === 'utterance_completed' ? [event.data] : []));
}

export function waveformOf(call: CallSummary, log: Envelope[]): Waveform {
  const durationMs = call.duration_ms ?? 0;
  const spoken = spokenIn(log);
  const masks = spoken.flatMap(({ channel, words }) =>
    words.flatMap(({ masked, start_ms, end_ms }) =>
      masked ? [{ channel, from_ms: start_ms, to_ms: end_ms, kind: masked }] : [],
    ),
  );
  return {
    duration_ms: durationMs,
    peaks_per_second: PEAKS_PER_SECOND,
    channels: {
      customer: peaksOf(spoken, 'customer', durationMs),
      to_customer: peaksOf(spoken, 'to_customer', durationMs),
    },
    masks,
  };
}

function peaksOf(spoken: Spoken[], channel: Channel, durationMs: number): number[] {
  const peaks = new Array<number>(Math.ceil((durationMs / 1000) * PEAKS_PER_SECOND)).fill(1);
  for (const utterance of spoken) {
    if (utterance.channel !== channel) continue;
    for (const word of utterance.words) {
      const first = Math.floor((word.start_ms / 1000) * PEAKS_PER_SECOND);
      const last = Math.ceil((word.end_ms / 1000) * PEAKS_PER_SECOND);
      for (let at = first; at < Math.min(last, peaks.length); at++) {
        peaks[at] = word.masked ? 40 : 25 + ((at * 37 + word.text.length * 13) % 60);
      }
    }
  }
  return peaks;
}

/** A quiet tone where words are, as a stereo WAV file with Range requests. */
export function sendRecording(
  call: CallSummary,
  log: Envelope[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const body = wavOf(call.duration_ms ?? 0, spokenIn(log));
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const headers = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
  if (range === null) {
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.end(body);
    return;
  }
  const from = Number(range[1]);
  const to = range[2] === '' ? body.length - 1 : Math.min(Number(range[2]), body.length - 1);
  response.writeHead(206, {
    ...headers,
    'content-range': `bytes ${from}-${to}/${body.length}`,
    'content-length': to - from + 1,
  });
  response.end(body.subarray(from, to + 1));
}

function wavOf(durationMs: number, spoken: Spoken[]): Buffer {
  const frames = Math.floor((durationMs / 1000) * SAMPLE_RATE_HZ);
  const body = Buffer.alloc(HEADER_BYTES + frames * 4);
  body.write('RIFF', 0);
  body.writeUInt32LE(body.length - 8, 4);
  body.write('WAVEfmt ', 8);
  body.writeUInt32LE(16, 16);
  body.writeUInt16LE(1, 20);
  body.writeUInt16LE(2, 22);
  body.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  body.writeUInt32LE(SAMPLE_RATE_HZ * 4, 28);
  body.writeUInt16LE(4, 32);
  body.writeUInt16LE(16, 34);
  body.write('data', 36);
  body.writeUInt32LE(frames * 4, 40);
  for (const { channel, words } of spoken) {
    for (const word of words) {
      const last = Math.min(frames, Math.floor(word.end_ms * 8));
      for (let at = Math.floor(word.start_ms * 8); at < last; at++) {
        const offset = HEADER_BYTES + at * 4 + (channel === 'customer' ? 0 : 2);
        body.writeInt16LE(Math.round(Math.sin(at / 6) * 4000), offset);
      }
    }
  }
  return body;
}
