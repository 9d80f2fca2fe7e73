import { Button, Kbd } from '@mantine/core';
import { IconEye, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import type { ReviewAction, ReviewItem } from '@trunkline/client/console';
import { useState } from 'react';
import { Link } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { clock, shortName } from '../../ui/format.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { MaskPill } from '../../ui/words.tsx';
import { usePlayer, usePlayerState } from '../call/use-player.ts';
import { Context } from './context.tsx';
import type { WordRange } from './queue.ts';
import { votesFor, widened, wordsOf } from './queue.ts';
import css from './review.module.css';
import { ruleMeaning, ruleName } from './rules.ts';
import type { Review } from './use-review.ts';

/** How much is heard before a finding. */
const LEAD_MS = 3000;

/** One finding with what stands around it, and what can be done about it. */
export function FindingPanel({ review, item }: { review: Review; item: ReviewItem }) {
  const { call, finding } = item;
  const said = item.context.find((utterance) => wordsOf(item, utterance) !== null);
  const found = said === undefined ? null : wordsOf(item, said);
  const [chosen, setChosen] = useState<WordRange | null>(found);
  const widen = (side: 'from' | 'to', step: 1 | -1) => {
    if (found === null || said === undefined) return;
    setChosen((now) => widened(found, now ?? found, side, step, said.words.length));
  };
  const isWider =
    found !== null && chosen !== null && (chosen.from < found.from || chosen.to > found.to);
  const maskMore = () => {
    const first = said?.words[chosen?.from ?? -1];
    const last = said?.words[chosen?.to ?? -1];
    if (first !== undefined && last !== undefined && isWider)
      review.decide('mask', { from_ms: first.start_ms, to_ms: last.end_ms });
  };
  const play = usePlay(item);
  useKeys({
    j: () => review.step(1),
    k: () => review.step(-1),
    a: () => review.decide('approve'),
    m: maskMore,
    r: () => review.decide('release'),
    l: review.look,
    ' ': play.toggle,
    '[': () => widen('from', -1),
    ']': () => widen('to', 1),
    '{': () => widen('from', 1),
    '}': () => widen('to', -1),
  });
  return (
    <section className={css.panel} aria-label="The finding">
      <header className={css.title}>
        <h2>{ruleName(finding.rule)}</h2>
        <MaskPill kind={finding.entity} />
        <span className={css.sure}>{Math.round(finding.confidence * 100)} % sure</span>
      </header>
      <p className={css.meaning}>{ruleMeaning(finding.rule)}</p>
      <dl className={css.facts}>
        <dt>Why</dt>
        <dd>{finding.reason}</dd>
        <dt>Where</dt>
        <dd>
          <Link to={`/calls/${encodeURIComponent(call.call_id)}`}>
            {clock(finding.from_ms)} in the call of {call.customer ?? 'an unknown number'}
          </Link>
          {call.agent ? `, ${shortName(call.agent)}` : ''}
          {call.queue ? `, ${call.queue}` : ''}
        </dd>
      </dl>
      <Context item={item} chosen={isWider ? chosen : found} seen={review.seen} />
      <div className={css.tools}>
        {play.canPlay && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={play.toggle}
            leftSection={
              play.isPlaying ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />
            }
            rightSection={<Kbd size="xs">Space</Kbd>}
          >
            {play.isPlaying ? 'Pause' : 'Hear it masked'}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          onClick={review.look}
          disabled={review.seen !== null || review.isBusy}
          leftSection={<IconEye size={14} />}
          rightSection={<Kbd size="xs">L</Kbd>}
        >
          Look at the words
        </Button>
        <p className={css.note}>Each look is written down with your name.</p>
      </div>
      <Actions
        review={review}
        item={item}
        isWider={isWider}
        onMask={maskMore}
        hasWords={found !== null}
      />
    </section>
  );
}

interface ActionsProps {
  review: Review;
  item: ReviewItem;
  isWider: boolean;
  hasWords: boolean;
  onMask: () => void;
}

function Actions({ review, item, isWider, hasWords, onMask }: ActionsProps) {
  return (
    <ul className={css.actions}>
      <Action
        name="Mask it"
        keyName="A"
        what="The finding is right: what was found is masked, in words and sound."
        action="approve"
        review={review}
        item={item}
        isPrimary
        onClick={() => review.decide('approve')}
      />
      <Action
        name="Mask more"
        keyName="M"
        what={
          hasWords
            ? 'Choose more words with [ and ] first; { and } take them back.'
            : 'There are no words here to choose from.'
        }
        action="mask"
        review={review}
        item={item}
        isOff={!isWider}
        onClick={onMask}
      />
      <Action
        name="Release"
        keyName="R"
        what="It is harmless and may be shown as it is."
        action="release"
        review={review}
        item={item}
        onClick={() => review.decide('release')}
      />
    </ul>
  );
}

interface ActionProps {
  name: string;
  keyName: string;
  what: string;
  action: ReviewAction;
  review: Review;
  item: ReviewItem;
  isPrimary?: boolean;
  isOff?: boolean;
  onClick: () => void;
}

function Action({
  name,
  keyName,
  what,
  action,
  review,
  item,
  isPrimary,
  isOff,
  onClick,
}: ActionProps) {
  const { by, needed } = votesFor(item, action);
  return (
    <li>
      <Button
        variant={isPrimary ? 'filled' : 'default'}
        disabled={isOff === true || review.isBusy}
        onClick={onClick}
        rightSection={<Kbd size="xs">{keyName}</Kbd>}
      >
        {name}
      </Button>
      <p>
        {what}
        {needed > 1 && ` ${needed} people have to agree`}
        {by.length > 0 && `${needed > 1 ? ': ' : ' '}${by.join(', ')} did.`}
        {needed > 1 && by.length === 0 && '.'}
      </p>
    </li>
  );
}

/** Plays the recording, which is masked, from a little before the finding. */
function usePlay({ call, finding }: ReviewItem) {
  const client = useClient();
  const player = usePlayer(call.has_recording ? client.recordingUrl(call.call_id) : null);
  const isPlaying = usePlayerState(player, (one) => one.isPlaying, false);
  const toggle = () => {
    if (player === null) return;
    if (player.isPlaying) player.toggle();
    else player.playFrom(Math.max(0, finding.from_ms - LEAD_MS));
  };
  return { canPlay: player !== null, isPlaying, toggle };
}
