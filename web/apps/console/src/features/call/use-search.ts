import type { Match, ShownUtterance } from '@trunkline/client/console';
import { findInCall } from '@trunkline/client/console';
import { useMemo, useState } from 'react';
import { groupBy } from '../../ui/group-by.ts';
import { useAddressParam } from '../../ui/use-address-param.ts';

export interface Search {
  query: string;
  setQuery: (query: string) => void;
  matches: readonly Match[];
  byUtterance: ReadonlyMap<string, readonly Match[]>;
  current: Match | null;
  /** Place of the current match, from 1; 0 when there is none. */
  place: number;
  step: (by: 1 | -1) => void;
}

/** Search within the call's words; the query is part of the address. */
export function useSearch(utterances: readonly ShownUtterance[]): Search {
  const [query, setQuery] = useAddressParam('q');
  const [index, setIndex] = useState(0);
  const matches = useMemo(() => findInCall(utterances, query), [utterances, query]);
  const byUtterance = useMemo(() => groupBy(matches, (match) => match.utteranceId), [matches]);
  const at = matches.length === 0 ? -1 : Math.min(index, matches.length - 1);
  return {
    query,
    matches,
    byUtterance,
    current: matches[at] ?? null,
    place: at + 1,
    setQuery: (next) => {
      setIndex(0);
      setQuery(next);
    },
    step: (by) => {
      if (matches.length > 0) setIndex((at + by + matches.length) % matches.length);
    },
  };
}
