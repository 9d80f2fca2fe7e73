import { Button, Kbd, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { KnowledgeFound } from '@trunkline/client/console';
import { useRef, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import { useKeys } from '../../ui/use-keys.ts';
import css from './desk.module.css';

const LIMIT = 4;

type Asked =
  | { state: 'idle' }
  | { state: 'asking' }
  | { state: 'failed'; detail: string }
  | { state: 'found'; found: KnowledgeFound };

/** Search in the documents: passages word for word, and an answer only where one of them says it. */
export function KnowledgeSearch({ callId }: { callId: string }) {
  const client = useClient();
  const field = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState<Asked>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  useKeys({ '/': () => field.current?.focus() });

  const ask = () => {
    const wanted = query.trim();
    running.current?.abort();
    if (wanted === '') {
      setAsked({ state: 'idle' });
      return;
    }
    const stop = new AbortController();
    running.current = stop;
    setAsked({ state: 'asking' });
    client
      .searchKnowledge({ query: wanted, call_id: callId, limit: LIMIT, answer: true }, stop.signal)
      .then(
        (found) => setAsked({ state: 'found', found }),
        (error: unknown) => {
          if (stop.signal.aborted) return;
          setAsked({ state: 'failed', detail: error instanceof Error ? error.message : '' });
        },
      );
  };
  const leave = () => {
    running.current?.abort();
    setQuery('');
    setAsked({ state: 'idle' });
    field.current?.blur();
  };
  return (
    <section className={css.part}>
      <form
        className={css.search}
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <TextInput
          ref={field}
          size="xs"
          className={css.searchField}
          aria-label="Search in the documents"
          placeholder="Search in the documents"
          leftSection={<IconSearch size={15} aria-hidden />}
          rightSection={<Kbd className={css.key}>/</Kbd>}
          value={query}
          maxLength={300}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') leave();
          }}
        />
        <Button type="submit" size="xs" variant="default" disabled={query.trim() === ''}>
          Find
        </Button>
      </form>
      <Results asked={asked} />
    </section>
  );
}

function Results({ asked }: { asked: Asked }) {
  if (asked.state === 'idle') return null;
  if (asked.state === 'asking') return <p className={css.dim}>Looking…</p>;
  if (asked.state === 'failed')
    return <p className={css.failure}>The search did not work: {asked.detail}.</p>;
  const { passages, answer = null, withheld = null } = asked.found;
  if (passages.length === 0) return <p className={css.dim}>Nothing in the documents says that.</p>;
  return (
    <div className={css.results}>
      {answer !== null && (
        <div className={css.answer}>
          <p>{answer.text}</p>
          <p className={css.dim}>
            Worded by {answer.model}, from {passages[answer.passage]?.title ?? 'the documents'}
          </p>
        </div>
      )}
      {answer === null && withheld !== null && (
        <p className={css.dim}>No answer in one sentence; these passages may help.</p>
      )}
      <ol>
        {passages.map((passage, index) => (
          <li key={index} className={css.passage}>
            <h3>
              {passage.title}
              {passage.heading != null && <span className={css.dim}> {passage.heading}</span>}
            </h3>
            <p>{passage.text}</p>
            <p className={css.dim}>{passage.document}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}
