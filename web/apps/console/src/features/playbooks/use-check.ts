import type { PlaybookProblem } from '@trunkline/client/console';
import { useEffect, useState } from 'react';
import { useClient } from '../../app/client-context.ts';

/** Typing settles for this long before the text is checked. */
const SETTLE_MS = 500;

export interface Checked {
  /** Null until the text as it stands was checked. */
  problems: readonly PlaybookProblem[] | null;
  failure: string | null;
}

interface Answer extends Checked {
  yaml: string;
}

/** What is wrong with the text, by the reader that the server itself uses. What is live has no mistakes. */
export function useCheck(yaml: string, live: string): Checked {
  const client = useClient();
  const [answer, setAnswer] = useState<Answer>({ yaml: live, problems: [], failure: null });
  useEffect(() => {
    if (yaml === live) return;
    let isOld = false;
    const timer = setTimeout(() => {
      client.checkPlaybook(yaml).then(
        ({ problems }) => {
          if (!isOld) setAnswer({ yaml, problems, failure: null });
        },
        (error: unknown) => {
          if (isOld) return;
          const failure = error instanceof Error ? error.message : String(error);
          setAnswer({ yaml, problems: [], failure });
        },
      );
    }, SETTLE_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [client, yaml, live]);
  if (yaml === live) return { problems: [], failure: null };
  return answer.yaml === yaml ? answer : { problems: null, failure: null };
}
