import { Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { CallView } from '@trunkline/client/console';
import { shownUtterances } from '@trunkline/client/console';
import { useMemo, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import { shortName } from '../../ui/format.ts';
import { Banners } from './banners.tsx';
import { CallHeader } from './call-header.tsx';
import css from './call.module.css';
import { Events } from './events.tsx';
import { Facts } from './facts.tsx';
import { GuidancePanels } from './guidance-panels.tsx';
import { SearchBar } from './search-bar.tsx';
import { timelineOf } from './transcript/timeline.ts';
import { Transcript } from './transcript/transcript.tsx';
import { usePlace } from './use-place.ts';
import { usePlayer } from './use-player.ts';
import { useSearch } from './use-search.ts';
import { WaveformPanel } from './waveform/waveform-panel.tsx';

const WIDE = '(min-width: 62em)';

export function CallBody({ callId, view }: { callId: string; view: CallView }) {
  const client = useClient();
  const player = usePlayer(view.recording === null ? null : client.recordingUrl(callId));
  const [startAtMs, setPlace] = usePlace(player);
  const { transcript, gaps, holds, ended } = view;
  const utterances = useMemo(() => shownUtterances(transcript), [transcript]);
  const items = useMemo(() => timelineOf(utterances, gaps, holds), [utterances, gaps, holds]);
  const search = useSearch(utterances);
  const [tab, setTab] = useState<string | null>('words');
  const guidance = (
    <GuidancePanels
      callId={callId}
      view={view}
      utterances={utterances}
      onShow={(utterance) => {
        setTab('words');
        // Once the words are there to be seen.
        requestAnimationFrame(() => focusUtterance(utterance));
      }}
    />
  );
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  const words = (
    <section className={css.words} aria-label="Transcript">
      <SearchBar search={search} />
      <Transcript
        items={items}
        agent={view.agent ? shortName(view.agent.name ?? view.agent.id) : null}
        isLive={ended === null}
        hasWords={(view.transcription?.state ?? 'running') === 'running'}
        player={player}
        search={search}
        startAtMs={startAtMs}
        onPlace={setPlace}
      />
    </section>
  );
  return (
    <div className={css.page} data-fills>
      <CallHeader callId={callId} view={view} />
      <Banners view={view} />
      <WaveformPanel callId={callId} view={view} utterances={utterances} player={player} />
      {isWide ? (
        <div className={css.columns}>
          {words}
          <aside className={css.side} aria-label="About the call" tabIndex={0}>
            {guidance}
            <Facts callId={callId} view={view} />
            <Events view={view} />
          </aside>
        </div>
      ) : (
        <Tabs value={tab} onChange={setTab} className={css.tabs} keepMounted>
          <Tabs.List>
            <Tabs.Tab value="words">Words</Tabs.Tab>
            <Tabs.Tab value="guidance">Guidance</Tabs.Tab>
            <Tabs.Tab value="facts">Facts</Tabs.Tab>
            <Tabs.Tab value="events">Events</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="words" className={css.tab}>
            {words}
          </Tabs.Panel>
          <Tabs.Panel value="guidance" className={css.tabSide}>
            {guidance}
          </Tabs.Panel>
          <Tabs.Panel value="facts" className={css.tabSide}>
            <Facts callId={callId} view={view} />
          </Tabs.Panel>
          <Tabs.Panel value="events" className={css.tabSide}>
            <Events view={view} />
          </Tabs.Panel>
        </Tabs>
      )}
    </div>
  );
}

/** Brings a sentence into sight, and the reader's keys with it. */
function focusUtterance(id: string): void {
  const row = document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: 'center' });
}
