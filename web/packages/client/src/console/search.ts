import type { ShownUtterance } from '../transcript.ts';

/** Where a query was found: the words of one utterance from `fromWord` to `toWord`, both included. */
export interface Match {
  utteranceId: string;
  fromWord: number;
  toWord: number;
}

const MAX_MATCHES = 500;

/** Finds `query` in the shown words, ignoring case; a match may span words. At most `MAX_MATCHES`, from the start. */
export function findInCall(utterances: readonly ShownUtterance[], query: string): Match[] {
  const needle = query.trim().toLowerCase().replace(/\s+/g, ' ');
  if (needle === '') return [];
  const matches: Match[] = [];
  for (const utterance of utterances) {
    for (const match of findInUtterance(utterance, needle)) {
      matches.push(match);
      if (matches.length >= MAX_MATCHES) return matches;
    }
  }
  return matches;
}

function* findInUtterance(utterance: ShownUtterance, needle: string): Generator<Match> {
  const starts: number[] = [];
  let text = '';
  for (const word of utterance.words) {
    if (text !== '') text += ' ';
    starts.push(text.length);
    text += word.text.toLowerCase();
  }
  let at = text.indexOf(needle);
  while (at !== -1) {
    const end = at + needle.length - 1;
    yield {
      utteranceId: utterance.id,
      fromWord: wordAt(starts, at),
      toWord: wordAt(starts, end),
    };
    at = text.indexOf(needle, end + 1);
  }
}

function wordAt(starts: readonly number[], offset: number): number {
  return starts.findLastIndex((start) => start <= offset);
}
