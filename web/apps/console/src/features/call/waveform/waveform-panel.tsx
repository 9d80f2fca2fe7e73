import { ActionIcon } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import type { CallView, ShownUtterance } from '@trunkline/client/console';
import { useMemo } from 'react';
import { useClient } from '../../../app/client-context.ts';
import { clock, shortName } from '../../../ui/format.ts';
import { useLoad } from '../../../ui/use-load.ts';
import type { Player } from '../player.ts';
import { usePlayerState } from '../use-player.ts';
import { stripOf } from './model.ts';
import type { Strip } from './model.ts';
import { Seeker } from './seeker.tsx';
import { StripCanvas } from './strip-canvas.tsx';
import css from './waveform.module.css';

export interface WaveformPanelProps {
  callId: string;
  view: CallView;
  utterances: readonly ShownUtterance[];
  player: Player | null;
}

/** The call at a glance: customer above, agent below, and where the sound is. */
export function WaveformPanel({ callId, view, utterances, player }: WaveformPanelProps) {
  const client = useClient();
  const key = view.recording === null ? null : `waveform ${callId}`;
  const { value: waveform } = useLoad(key, (signal) => client.waveform(callId, signal));
  const strip = useMemo(() => stripOf(view, utterances, waveform), [view, utterances, waveform]);
  const error = usePlayerState(player, (of) => of.error, null);
  const agent = view.agent ? shortName(view.agent.name ?? view.agent.id) : 'Agent';
  return (
    <section className={css.panel} aria-label="Sound">
      <div className={css.controls}>
        {player ? <PlayButton player={player} /> : <NoPlayButton />}
      </div>
      <div className={css.labels} aria-hidden>
        <span>Customer</span>
        <span>{agent}</span>
      </div>
      <div className={css.strip}>
        <StripCanvas strip={strip} />
        <Seeker durationMs={strip.durationMs} player={player} />
      </div>
      <Legend strip={strip} absence={player ? null : absenceOf(view)} />
      {error !== null && (
        <p className={css.error} role="alert">
          {error}
        </p>
      )}
    </section>
  );
}

function PlayButton({ player }: { player: Player }) {
  const isPlaying = usePlayerState(player, (of) => of.isPlaying, false);
  const second = usePlayerState(player, (of) => Math.floor(of.positionMs / 1000), 0);
  return (
    <>
      <ActionIcon
        size="lg"
        radius="xl"
        onClick={() => player.toggle()}
        aria-label={isPlaying ? 'Pause' : 'Play'}
        title={isPlaying ? 'Pause (space)' : 'Play (space)'}
      >
        {isPlaying ? (
          <IconPlayerPauseFilled size={18} aria-hidden />
        ) : (
          <IconPlayerPlayFilled size={18} aria-hidden />
        )}
      </ActionIcon>
      <span className={css.at}>{clock(second * 1000)}</span>
    </>
  );
}

function NoPlayButton() {
  return (
    <ActionIcon size="lg" radius="xl" disabled aria-label="Play">
      <IconPlayerPlayFilled size={18} aria-hidden />
    </ActionIcon>
  );
}

function absenceOf(view: CallView): string {
  if (view.recordingFailed) return 'No sound was kept.';
  return view.ended
    ? 'The sound is being made ready.'
    : 'The sound can be played when the call has ended.';
}

/** Says only what is there to be seen. */
function Legend({ strip, absence }: { strip: Strip; absence: string | null }) {
  return (
    <ul className={css.legend}>
      {strip.masks.length > 0 && <li data-kind="mask">masked</li>}
      {strip.gaps.length > 0 && <li data-kind="gap">sound missing</li>}
      {strip.holds.length > 0 && <li data-kind="hold">on hold</li>}
      {absence !== null && <li>{absence}</li>}
    </ul>
  );
}
