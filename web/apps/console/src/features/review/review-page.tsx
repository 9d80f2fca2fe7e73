import { Button, PasswordInput, Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { Broken } from '../../ui/broken.tsx';
import { plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { FindingPanel } from './finding-panel.tsx';
import { QueueList } from './queue-list.tsx';
import css from './review.module.css';
import type { Review } from './use-review.ts';
import { needsSignIn, useReview } from './use-review.ts';

/** What verification could not settle by itself, one finding at a time. */
export function ReviewPage() {
  useDocumentTitle('Review · Trunkline');
  const review = useReview();
  const { value, error, brokenSinceMs } = review.loaded;
  if (needsSignIn(error)) return <SignIn review={review} />;
  if (value === null && error !== null)
    return (
      <Broken what="The findings cannot be read" error={error} sinceMs={brokenSinceMs}>
        <p>Calls with open findings stay hidden from everyone but reviewers.</p>
      </Broken>
    );
  if (value === null) return <Loading />;
  if (review.chosen === null) return <NothingOpen review={review} />;
  const calls = new Set(review.items.map((item) => item.call.call_id)).size;
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>Review</h1>
        <p className={css.count}>
          {plural(review.items.length, 'finding')}
          {value.more ? ' and more' : ''} in {plural(calls, 'call')}
        </p>
        <p className={css.who}>You review as {value.reviewer}.</p>
      </div>
      <Outcome review={review} />
      <div className={css.columns}>
        <QueueList items={review.items} chosen={review.chosen} onChoose={review.choose} />
        <FindingPanel
          key={`${review.chosen.call.call_id}/${review.chosen.finding.id}`}
          review={review}
          item={review.chosen}
        />
      </div>
    </div>
  );
}

/** What the last act did, or why it could not be done. */
function Outcome({ review }: { review: Review }) {
  return (
    <div className={css.outcome} role="status">
      {review.failure !== null && <span data-tone="danger">{review.failure}</span>}
      {review.failure === null && review.told !== null && <span>{review.told}</span>}
    </div>
  );
}

function NothingOpen({ review }: { review: Review }) {
  return (
    <Notice title="Nothing to review">
      <Outcome review={review} />
      <p>
        Every call is verified after its end. What a check finds and cannot settle by itself waits
        here, and its call is hidden from everyone else until somebody has decided.
      </p>
    </Notice>
  );
}

function SignIn({ review }: { review: Review }) {
  const [key, setKey] = useState('');
  return (
    <Notice title="Reviewers only">
      <p>
        Calls wait here that nobody else may see. Your key is in the server&rsquo;s configuration.
      </p>
      <form
        className={css.signIn}
        onSubmit={(event) => {
          event.preventDefault();
          review.signIn(key);
        }}
      >
        <PasswordInput
          label="Reviewer's key"
          value={key}
          autoComplete="current-password"
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <Button type="submit" disabled={key === ''} loading={review.isBusy}>
          Sign in
        </Button>
      </form>
      <Outcome review={review} />
    </Notice>
  );
}

function Loading() {
  return (
    <div className={css.page} aria-busy="true" aria-label="Loading the findings">
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={18} my={18} />
      ))}
    </div>
  );
}
