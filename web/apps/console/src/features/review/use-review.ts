import { ApiError } from '@trunkline/client/console';
import type {
  ReviewAction,
  ReviewItem,
  ReviewPage,
  TranscriptUtterance,
} from '@trunkline/client/console';
import { useCallback, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import type { Loaded } from '../../ui/use-load.ts';
import { useLoad } from '../../ui/use-load.ts';
import { useAddressParam } from '../../ui/use-address-param.ts';
import { keyOf, neighbour } from './queue.ts';

const REFRESH_MS = 15_000;
/** As many are read at once; the page says when there are more. */
const LIMIT = 100;

export interface Review {
  loaded: Loaded<ReviewPage>;
  items: ReviewItem[];
  chosen: ReviewItem | null;
  choose: (key: string) => void;
  step: (by: 1 | -1) => void;
  decide: (action: ReviewAction, range?: { from_ms: number; to_ms: number }) => void;
  look: () => void;
  /** What the chosen finding's sentence says, once somebody looked. */
  seen: TranscriptUtterance[] | null;
  isBusy: boolean;
  /** Why the last act failed. */
  failure: string | null;
  /** What the last act did. */
  told: string | null;
  /** Signs in with a reviewer's key. */
  signIn: (key: string) => void;
}

/** Whether only somebody who is known as a reviewer is answered. */
export function needsSignIn(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** The queue of findings, the one that is looked at, and what is decided of it. */
export function useReview(): Review {
  const client = useClient();
  const [version, setVersion] = useState(0);
  const loaded = useLoad('review', (signal) => client.reviews({ limit: LIMIT }, signal), {
    everyMs: REFRESH_MS,
    again: String(version),
    isPassing: (error) => !needsSignIn(error),
  });
  const items = loaded.value?.findings ?? [];
  const [wanted, setWanted] = useAddressParam('finding');
  const chosen = items.find((item) => keyOf(item) === wanted) ?? items[0] ?? null;
  const chosenKey = chosen === null ? null : keyOf(chosen);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const [shown, setShown] = useState<{ key: string; words: TranscriptUtterance[] } | null>(null);

  const choose = useCallback(
    (key: string) => {
      setFailure(null);
      setTold(null);
      setShown(null);
      setWanted(key);
    },
    [setWanted],
  );
  const step = (by: 1 | -1) => {
    const key = neighbour(items, chosenKey, by);
    if (key !== null && key !== chosenKey) choose(key);
  };
  const act = (work: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setFailure(null);
    work().then(
      () => setBusy(false),
      (cause: unknown) => {
        setFailure(cause instanceof Error ? cause.message : String(cause));
        setBusy(false);
      },
    );
  };
  const decide: Review['decide'] = (action, range) => {
    if (chosen === null) return;
    act(async () => {
      const after = neighbour(items, chosenKey, 1);
      const outcome = await client.decideFinding(chosen.call.call_id, chosen.finding.id, {
        action,
        ...range,
      });
      if (outcome.settled && after !== null && after !== chosenKey) choose(after);
      setTold(
        outcome.settled
          ? `${DONE[action]}${outcome.lifted ? ', and the call is no longer hidden' : ''}.`
          : `Noted. ${outcome.missing === 1 ? 'One more person has' : `${outcome.missing} more have`} to agree.`,
      );
      setVersion((before) => before + 1);
    });
  };
  const look = () => {
    if (chosen === null || chosenKey === null) return;
    act(async () => {
      const { utterances } = await client.lookAtFinding(chosen.call.call_id, chosen.finding.id);
      setShown({ key: chosenKey, words: utterances });
    });
  };
  const signIn = (key: string) =>
    act(async () => {
      await client.signIn(key);
      loaded.reload();
    });
  return {
    loaded,
    signIn,
    items,
    chosen,
    choose,
    step,
    decide,
    look,
    seen: shown?.key === chosenKey ? shown.words : null,
    isBusy,
    failure,
    told,
  };
}

const DONE: Record<ReviewAction, string> = {
  approve: 'Masked as found',
  mask: 'Masked',
  release: 'Released',
};
