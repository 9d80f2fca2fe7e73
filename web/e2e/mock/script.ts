import type {
  Channel,
  EntityKind,
  Event,
  Gap,
  TranscriptUtterance,
  TranscriptWord,
} from '@trunkline/api-types';

/** A step of a scripted call: an event and when it comes, in milliseconds after the call began. */
export interface Step {
  atMs: number;
  event: Event;
}

/** A sentence as `[speaker, start, text]`; a word in brackets is a mask of that kind. */
type Line = readonly ['customer' | 'agent' | 'system', number, string];

const MS_PER_WORD = 330;

export function utteranceOf([speaker, startMs, text]: Line, count = Infinity): TranscriptUtterance {
  const channel: Channel = speaker === 'customer' ? 'customer' : 'to_customer';
  const words = text.split(' ').map((word, index) => wordOf(word, startMs + index * MS_PER_WORD));
  const shown = words.slice(0, count);
  return {
    id: `${channel === 'customer' ? 'c' : 't'}-${startMs}`,
    revision: Math.min(count, words.length + 1),
    channel,
    participant: speaker,
    start_ms: startMs,
    end_ms: shown.at(-1)?.end_ms ?? startMs,
    words: shown,
  };
}

function wordOf(text: string, startMs: number): TranscriptWord {
  const kind = /^\[(\w+)\]/.exec(text)?.[1];
  return {
    text: kind ? `[${kind}]` : text,
    start_ms: startMs,
    end_ms: startMs + MS_PER_WORD - 40,
    confidence: kind ? 1 : 0.93,
    ...(kind ? { masked: kind as EntityKind } : {}),
  };
}

/** Partials every other word, and the finished utterance a little after its end. */
export function spoken(line: Line): Step[] {
  const whole = utteranceOf(line);
  const partials = whole.words.flatMap((word, index): Step[] =>
    index % 2 === 0
      ? [
          {
            atMs: word.end_ms + 300,
            event: { type: 'utterance_updated', data: utteranceOf(line, index + 1) },
          },
        ]
      : [],
  );
  return [
    ...partials,
    { atMs: whole.end_ms + 600, event: { type: 'utterance_completed', data: whole } },
  ];
}

export function gap(channel: Channel, fromMs: number, toMs: number, cause: Gap['cause']): Step {
  return {
    atMs: toMs,
    event: { type: 'media_gap', data: { channel, from_ms: fromMs, to_ms: toMs, cause } },
  };
}

/** The steps in the order in which they come. */
export function inOrder(steps: Step[]): Step[] {
  return steps.toSorted((a, b) => a.atMs - b.atMs);
}
