import type {
  CallView,
  Channel,
  EntityKind,
  Gap,
  HoldSpan,
  ShownUtterance,
  Waveform,
} from '@trunkline/client/console';

export interface Mask {
  channel: Channel;
  from_ms: number;
  to_ms: number;
  kind: EntityKind;
}

export interface Speech {
  channel: Channel;
  from_ms: number;
  to_ms: number;
}

/** What the strip shows: peaks once there is sound, until then where each side spoke. */
export interface Strip {
  durationMs: number;
  peaks: Pick<Waveform, 'peaks_per_second' | 'channels'> | null;
  speech: readonly Speech[];
  masks: readonly Mask[];
  gaps: readonly Gap[];
  holds: readonly HoldSpan[];
}

/** A live strip is this long at least, and grows in such steps: it must not creep with every second. */
const STEP_MS = 60_000;

export function stripOf(
  view: CallView,
  utterances: readonly ShownUtterance[],
  waveform: Waveform | null,
): Strip {
  const { gaps, holds } = view;
  if (waveform !== null)
    return {
      durationMs: Math.max(waveform.duration_ms, 1),
      peaks: waveform,
      speech: [],
      masks: waveform.masks,
      gaps,
      holds,
    };
  const durationMs = view.ended?.duration_ms ?? Math.ceil((view.mediaMs + 1) / STEP_MS) * STEP_MS;
  return {
    durationMs: Math.max(durationMs, 1),
    peaks: null,
    speech: utterances.map(({ channel, start_ms, end_ms }) => ({
      channel,
      from_ms: start_ms,
      to_ms: end_ms,
    })),
    masks: masksOf(utterances),
    gaps,
    holds,
  };
}

function masksOf(utterances: readonly ShownUtterance[]): Mask[] {
  return utterances.flatMap(({ channel, words }) =>
    words.flatMap(({ masked, start_ms, end_ms }) =>
      masked ? [{ channel, from_ms: start_ms, to_ms: end_ms, kind: masked }] : [],
    ),
  );
}

const TICKS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600].map((s) => s * 1000);

/** Round times to label, as many as stand apart by `minPx`. */
export function ticksOf(durationMs: number, widthPx: number, minPx: number): number[] {
  const least = (durationMs * minPx) / Math.max(widthPx, 1);
  const step = TICKS_MS.find((tick) => tick >= least) ?? 3_600_000;
  const count = Math.floor(durationMs / step);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** The greatest peak of each pixel column; a column shorter than a peak takes the peak it lies in. */
export function columnsOf(peaks: readonly number[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * peaks.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * peaks.length) / columns));
    return Math.max(0, ...peaks.slice(from, to));
  });
}
