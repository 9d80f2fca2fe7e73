import { IconPlayerPause, IconWaveSine } from '@tabler/icons-react';
import { causeName, clock, span } from '../../../ui/format.ts';
import type { GapItem, HoldItem } from './timeline.ts';
import css from './transcript.module.css';

/** Sound that is missing stands where it is missing, with its length and cause. */
export function GapRow({ item, agent }: { item: GapItem; agent: string | null }) {
  const side =
    item.channels.length > 1
      ? 'either side'
      : item.channels[0] === 'customer'
        ? 'the customer'
        : (agent ?? 'the agent’s side');
  return (
    <li className={css.inline} data-kind="gap">
      <span className={css.time}>{clock(item.atMs)}</span>
      <IconWaveSine size={16} aria-hidden />
      <span>
        No sound from {side} for {span(item.toMs - item.atMs)}: {causeName(item.cause)}
      </span>
    </li>
  );
}

export function HoldRow({ item, isLive }: { item: HoldItem; isLive: boolean }) {
  return (
    <li className={css.inline} data-kind="hold">
      <span className={css.time}>{clock(item.atMs)}</span>
      <IconPlayerPause size={16} aria-hidden />
      <span>
        {item.toMs === null
          ? `Customer on hold${isLive ? '' : ' until the end'}`
          : `Customer on hold for ${span(item.toMs - item.atMs)}, until ${clock(item.toMs)}`}
      </span>
    </li>
  );
}
