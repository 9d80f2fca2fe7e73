import type { Channel } from '@trunkline/client/console';
import workletUrl from './worklet.ts?worker&url';

/** What is heard: 16 kHz is all that speech needs. */
const RATE_HZ = 16_000;
/** The highest rate that the server takes. */
const MAX_RATE_HZ = 48_000;

/** Where a channel's sound comes from. */
export type Source = 'microphone' | 'tab';

/** Sound that is being captured. */
export interface Captured {
  rateHz: number;
  /** In the order in which they are interleaved. */
  channels: Channel[];
  stop: () => void;
}

export interface CaptureOptions {
  /** Which channel each source is; one or both. */
  sources: Partial<Record<Source, Channel>>;
  onPiece: (samples: Int16Array<ArrayBuffer>) => void;
  /** A source ended by itself: it is silent from now on. */
  onEnded: (source: Source) => void;
}

/** Why nothing can be captured, for people. */
export class CaptureError extends Error {}

/** Asks for the sources, and captures them until it is stopped. */
export async function capture(options: CaptureOptions): Promise<Captured> {
  const streams: [Source, Channel, MediaStream][] = [];
  const stopStreams = () => {
    for (const [, , stream] of streams) for (const track of stream.getTracks()) track.stop();
  };
  try {
    for (const source of ['tab', 'microphone'] as const) {
      const channel = options.sources[source];
      if (channel !== undefined) streams.push([source, channel, await ask(source)]);
    }
    const context = await listen(streams, options);
    return {
      rateHz: context.sampleRate,
      channels: streams.map(([, channel]) => channel),
      stop: () => {
        stopStreams();
        void context.close();
      },
    };
  } catch (error) {
    stopStreams();
    throw error;
  }
}

async function ask(source: Source): Promise<MediaStream> {
  if (source === 'microphone') {
    const audio = { echoCancellation: true, noiseSuppression: false, autoGainControl: true };
    const stream = navigator.mediaDevices.getUserMedia({ audio });
    return stream.catch((error: unknown) => {
      throw refused(error, 'The microphone', 'Allow it for this page in the address bar.');
    });
  }
  // A browser shares no sound without a picture; the picture is dropped at once.
  const shared = await navigator.mediaDevices
    .getDisplayMedia({ video: true, audio: true })
    .catch((error: unknown) => {
      throw refused(error, "The tab's sound", 'Choose the tab of the call in the dialog.');
    });
  for (const track of shared.getVideoTracks()) track.stop();
  if (shared.getAudioTracks().length === 0)
    throw new CaptureError(
      'What was shared has no sound. Choose a tab, and switch on “Also share tab audio” in the dialog.',
    );
  return shared;
}

function refused(error: unknown, what: string, advice: string): CaptureError {
  const name = error instanceof DOMException ? error.name : 'Error';
  if (name === 'NotAllowedError') return new CaptureError(`${what} was not allowed. ${advice}`);
  if (name === 'NotFoundError') return new CaptureError(`${what} is not there. Connect it first.`);
  return new CaptureError(`${what} cannot be opened (${name}).`);
}

async function listen(
  streams: [Source, Channel, MediaStream][],
  { onPiece, onEnded }: CaptureOptions,
): Promise<AudioContext> {
  try {
    return await listenAt(RATE_HZ, streams, onPiece, onEnded);
  } catch (error) {
    // Some browsers mix no stream into a context of another rate: then the device's rate it is.
    if (!(error instanceof DOMException && error.name === 'NotSupportedError')) throw error;
    return listenAt(undefined, streams, onPiece, onEnded);
  }
}

async function listenAt(
  rateHz: number | undefined,
  streams: [Source, Channel, MediaStream][],
  onPiece: CaptureOptions['onPiece'],
  onEnded: CaptureOptions['onEnded'],
): Promise<AudioContext> {
  const context = new AudioContext(rateHz === undefined ? {} : { sampleRate: rateHz });
  try {
    if (context.sampleRate > MAX_RATE_HZ)
      throw new CaptureError(`The sound device runs at ${context.sampleRate} Hz; 48000 at most.`);
    await context.audioWorklet.addModule(workletUrl);
    const merger = context.createChannelMerger(streams.length);
    streams.forEach(([source, , stream], index) => {
      // A stereo source is mixed down before it becomes one channel of the merger.
      const mono = new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' });
      context.createMediaStreamSource(stream).connect(mono).connect(merger, 0, index);
      for (const track of stream.getAudioTracks())
        track.addEventListener('ended', () => onEnded(source));
    });
    const worklet = new AudioWorkletNode(context, 'capture', {
      channelCount: streams.length,
      channelCountMode: 'explicit',
      processorOptions: { channels: streams.length },
    });
    worklet.port.onmessage = (message: MessageEvent<ArrayBuffer>) =>
      onPiece(new Int16Array(message.data));
    // It gives silence; being connected is what makes it run.
    merger.connect(worklet).connect(context.destination);
    await context.resume();
    return context;
  } catch (error) {
    void context.close();
    throw error;
  }
}
