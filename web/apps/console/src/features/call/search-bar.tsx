import { ActionIcon, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconSearch } from '@tabler/icons-react';
import { useRef } from 'react';
import { useKeys } from '../../ui/use-keys.ts';
import css from './call.module.css';
import type { Search } from './use-search.ts';

export function SearchBar({ search }: { search: Search }) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  const hasQuery = search.query.trim() !== '';
  return (
    <div className={css.search} role="search">
      <TextInput
        ref={field}
        size="xs"
        className={css.searchField}
        aria-label="Search in this call"
        placeholder="Search in this call ( / )"
        leftSection={<IconSearch size={15} aria-hidden />}
        value={search.query}
        onChange={(event) => search.setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search.step(event.shiftKey ? -1 : 1);
          if (event.key !== 'Escape') return;
          search.setQuery('');
          event.currentTarget.blur();
        }}
      />
      <span className={css.count} role="status">
        {hasQuery &&
          (search.matches.length === 0
            ? 'Not found'
            : `${search.place} of ${search.matches.length}`)}
      </span>
      {hasQuery && search.matches.length > 1 && (
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Previous match"
            onClick={() => search.step(-1)}
          >
            <IconChevronUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Next match"
            onClick={() => search.step(1)}
          >
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </>
      )}
    </div>
  );
}
