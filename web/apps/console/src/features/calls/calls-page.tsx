import { Button, SegmentedControl, Skeleton, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useRef } from 'react';
import { Broken } from '../../ui/broken.tsx';
import { plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { PlaceCall } from '../../ui/place-call.tsx';
import { useAddressParam } from '../../ui/use-address-param.ts';
import { useKeys } from '../../ui/use-keys.ts';
import css from './calls.module.css';
import { CallsTable } from './calls-table.tsx';
import { isFound } from './filter.ts';
import type { PastCalls, StateFilter } from './use-past-calls.ts';
import { usePastCalls } from './use-past-calls.ts';

const STATES = [
  { value: 'ended', label: 'Ended' },
  { value: 'live', label: 'Live' },
  { value: 'all', label: 'All' },
] satisfies { value: StateFilter; label: string }[];

export function CallsPage() {
  useDocumentTitle('Calls · Trunkline');
  const [wanted, setState] = useAddressParam('state');
  const state = STATES.find(({ value }) => value === wanted)?.value ?? 'ended';
  const [query, setQuery] = useAddressParam('q');
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>Calls</h1>
        <SegmentedControl
          size="xs"
          data={STATES}
          value={state}
          onChange={(value) => setState(value === 'ended' ? '' : value)}
          aria-label="State"
        />
        <TextInput
          ref={field}
          className={css.filter}
          size="xs"
          placeholder="Number, agent, queue, contact id"
          aria-label="Filter these calls"
          leftSection={<IconSearch size={15} aria-hidden />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </div>
      <Calls past={usePastCalls(state)} query={query} state={state} />
    </div>
  );
}

function Calls({ past, query, state }: { past: PastCalls; query: string; state: StateFilter }) {
  const { value, error, brokenSinceMs } = past.loaded;
  if (value === null && error !== null)
    return (
      <Broken what="The calls cannot be read" error={error} sinceMs={brokenSinceMs}>
        <p>Nothing is lost: they are in the server&rsquo;s log.</p>
      </Broken>
    );
  if (value === null) return <LoadingCalls />;
  if (value.calls.length === 0) return <NoCalls state={state} />;
  const found = value.calls.filter((call) => isFound(call, query));
  return (
    <>
      {found.length > 0 ? (
        <CallsTable calls={found} />
      ) : (
        <p className={css.none}>None of the {plural(value.calls.length, 'call')} here matches.</p>
      )}
      <footer className={css.foot}>
        <span>
          {query === '' ? '' : `${found.length} of `}
          {plural(value.calls.length, 'call')}
          {past.hasMore ? ' so far' : ''}
        </span>
        {past.hasMore && (
          <Button size="compact-sm" variant="default" onClick={past.loadMore}>
            Load older calls
          </Button>
        )}
      </footer>
    </>
  );
}

function NoCalls({ state }: { state: StateFilter }) {
  if (state === 'live') return <Notice title="No calls now" />;
  return (
    <Notice title="No calls yet">
      <p>Calls stay here when they are over, with their words and sound.</p>
      <PlaceCall />
    </Notice>
  );
}

function LoadingCalls() {
  return (
    <div aria-busy="true" aria-label="Loading calls">
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={18} my={18} />
      ))}
    </div>
  );
}
