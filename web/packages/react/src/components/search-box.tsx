import type { KnowledgeFound } from '@trunkline/client';
import { useEffect, useRef, useState } from 'react';
import type { SyntheticEvent, Ref } from 'react';

export interface SearchBoxProps {
  /** Asks; a search that is not wanted any more is aborted. */
  onSearch: (query: string, signal: AbortSignal) => Promise<KnowledgeFound>;
  inputRef?: Ref<HTMLInputElement>;
}

type Found =
  | { state: 'idle' }
  | { state: 'searching' }
  | { state: 'found'; found: KnowledgeFound }
  | { state: 'failed' };

/** The agent's own search in the documents: passages, and the answer where one stands on them. */
export function SearchBox({ onSearch, inputRef }: SearchBoxProps) {
  const [found, setFound] = useState<Found>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const search = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get('query');
    const query = typeof typed === 'string' ? typed.trim() : '';
    running.current?.abort();
    if (query === '') {
      setFound({ state: 'idle' });
      return;
    }
    const now = new AbortController();
    running.current = now;
    setFound({ state: 'searching' });
    onSearch(query, now.signal).then(
      (answer) => !now.signal.aborted && setFound({ state: 'found', found: answer }),
      () => !now.signal.aborted && setFound({ state: 'failed' }),
    );
  };
  return (
    <div className="tl-search">
      <form role="search" onSubmit={search}>
        <input
          ref={inputRef}
          type="search"
          name="query"
          aria-label="Search the documents"
          placeholder="Search the documents"
          maxLength={500}
        />
        <button type="submit" className="tl-button">
          Search
        </button>
      </form>
      <SearchResult found={found} />
    </div>
  );
}

function SearchResult({ found }: { found: Found }) {
  if (found.state === 'idle') return null;
  if (found.state === 'searching') return <p className="tl-note">Searching…</p>;
  if (found.state === 'failed')
    return <p className="tl-note">The search gave no answer. Try again.</p>;
  const { passages, answer = null } = found.found;
  if (passages.length === 0) return <p className="tl-note">Nothing in the documents fits.</p>;
  const source = answer === null ? undefined : passages[answer.passage];
  return (
    <>
      {answer !== null && (
        <p className="tl-answer">
          {answer.text}
          {source && <cite> {source.title}</cite>}
        </p>
      )}
      <ol className="tl-passages">
        {passages.map((passage, index) => (
          <li key={index}>
            <cite>
              {passage.title}
              {passage.heading ? `, ${passage.heading}` : ''}
            </cite>
            <p>{passage.text}</p>
          </li>
        ))}
      </ol>
    </>
  );
}
