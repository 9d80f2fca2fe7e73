import { Button, TextInput } from '@mantine/core';
import type { MessageSent } from '@trunkline/client/console';
import { useState } from 'react';
import { clock } from '../../ui/format.ts';
import { useActs } from '../guide/use-acts.ts';
import css from './call.module.css';

/** As long as the server takes. */
const MAX_CHARS = 2000;

interface MessagesProps {
  callId: string;
  messages: readonly MessageSent[];
  isLive: boolean;
}

/** What supervisors said to the agent's panel, and a line to say more. */
export function Messages({ callId, messages, isLive }: MessagesProps) {
  const acts = useActs(callId);
  const [text, setText] = useState('');
  const send = () => {
    const said = text.trim();
    if (said === '' || acts.isBusy) return;
    void acts.send({ type: 'message', data: { text: said } }).then((isTaken) => {
      if (isTaken) setText('');
    });
  };
  return (
    <>
      <ul className={css.messages}>
        {messages.map((message) => (
          <li key={message.id}>
            <span className={css.faint}>
              {message.from}, {clock(message.at_ms)}
            </span>
            <p>{message.text}</p>
          </li>
        ))}
      </ul>
      {isLive && (
        <form
          className={css.message}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <TextInput
            size="xs"
            className={css.messageField}
            aria-label="Message to the agent"
            placeholder="Message to the agent"
            value={text}
            maxLength={MAX_CHARS}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" size="xs" variant="default" loading={acts.isBusy}>
            Send
          </Button>
        </form>
      )}
      {acts.failure !== null && <p className={css.failure}>{acts.failure}.</p>}
    </>
  );
}
