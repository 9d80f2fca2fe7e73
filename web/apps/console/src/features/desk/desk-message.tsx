import { Button } from '@mantine/core';
import { IconMessage2 } from '@tabler/icons-react';
import type { MessageSent } from '@trunkline/client/console';
import { useState } from 'react';
import { clock } from '../../ui/format.ts';
import css from './desk.module.css';

/** What a supervisor said last, until the agent has read it. */
export function DeskMessage({ messages }: { messages: readonly MessageSent[] }) {
  const [readId, setReadId] = useState<string | null>(null);
  const last = messages.at(-1);
  if (last === undefined || last.id === readId) return null;
  return (
    <section className={css.message} aria-label="Message">
      <IconMessage2 size={18} aria-hidden />
      <p>
        <span className={css.dim}>
          {last.from}, {clock(last.at_ms)}
        </span>
        {last.text}
      </p>
      <Button size="compact-xs" variant="default" onClick={() => setReadId(last.id)}>
        Got it
      </Button>
    </section>
  );
}
