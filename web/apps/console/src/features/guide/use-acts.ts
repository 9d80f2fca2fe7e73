import { ApiError } from '@trunkline/client/console';
import type { Act, ChecklistEntry, HintOutcome, WorkflowEntry } from '@trunkline/client/console';
import { useState } from 'react';
import { useClient } from '../../app/client-context.ts';

export interface Acts {
  /** Cards that were put away here; the server may not have said so yet. */
  putAway: ReadonlySet<string>;
  /** Why the last act came to nothing. */
  failure: string | null;
  isBusy: boolean;
  hint: (id: string, outcome: Extract<HintOutcome, 'expanded' | 'accepted' | 'dismissed'>) => void;
  mute: (isMuted: boolean) => void;
  check: (entry: ChecklistEntry, isDone: boolean) => void;
  workflow: (entry: WorkflowEntry, step: string | null) => void;
  /** Resolves to whether the server took it. */
  send: (act: Act) => Promise<boolean>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What can be done at the desk of a call. What comes of it arrives as events. */
export function useActs(callId: string): Acts {
  const client = useClient();
  const [putAway, setPutAway] = useState(NOTHING);
  const [failure, setFailure] = useState<string | null>(null);
  const [open, setOpen] = useState(0);

  const send = async (act: Act): Promise<boolean> => {
    setOpen((before) => before + 1);
    try {
      await client.act(callId, act);
      setFailure(null);
      return true;
    } catch (error) {
      setFailure(reasonOf(error));
      return false;
    } finally {
      setOpen((before) => before - 1);
    }
  };
  const hint: Acts['hint'] = (id, outcome) => {
    if (outcome !== 'expanded') setPutAway((before) => new Set(before).add(id));
    void send({ type: 'hint', data: { id, outcome } }).then((isTaken) => {
      // A card that could not be put away is still there for the server and for whoever looks on.
      if (!isTaken) setPutAway((before) => new Set([...before].filter((other) => other !== id)));
    });
  };
  return {
    putAway,
    failure,
    isBusy: open > 0,
    hint,
    mute: (muted) => void send({ type: 'mute', data: { muted } }),
    check: ({ playbook, item }, done) =>
      void send({ type: 'check', data: { playbook, item, done } }),
    workflow: ({ playbook, workflow }, step) =>
      void send({ type: 'workflow', data: { playbook, workflow, step } }),
    send,
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'That did not work';
  if (error.status === 0) return 'The server does not answer: that was not taken';
  return error.message;
}
