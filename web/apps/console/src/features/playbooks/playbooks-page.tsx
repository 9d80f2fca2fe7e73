import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { PlaybookList } from '@trunkline/client/console';
import { Link } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { Command } from '../../ui/command.tsx';
import { plural } from '../../ui/format.ts';
import { useLoad } from '../../ui/use-load.ts';
import { When } from '../../ui/when.tsx';
import { GuidanceNav } from './guidance-nav.tsx';
import css from './playbooks.module.css';
import { Problems } from './problems.tsx';

const EVERY_MS = 3000;

/** The playbooks that guide calls now, and what keeps others from it. */
export function PlaybooksPage() {
  useDocumentTitle('Playbooks · Trunkline');
  const client = useClient();
  const { value, error, brokenSinceMs } = useLoad(
    'playbooks',
    (signal) => client.playbooks(signal),
    {
      everyMs: EVERY_MS,
    },
  );
  return (
    <div className={css.page}>
      <GuidanceNav />
      <div className={css.head}>
        <h1>Playbooks</h1>
      </div>
      {value !== null ? (
        <Live list={value} />
      ) : error !== null ? (
        <Broken what="The playbooks cannot be read" error={error} sinceMs={brokenSinceMs}>
          <p>Guidance of running calls goes on.</p>
        </Broken>
      ) : (
        <div aria-busy="true" aria-label="Loading the playbooks">
          <Skeleton height={160} />
        </div>
      )}
    </div>
  );
}

function Live({ list }: { list: PlaybookList }) {
  return (
    <>
      {list.problems.length > 0 && (
        <section className={css.broken} aria-label="Mistakes">
          <h2>
            {plural(list.problems.length, 'mistake')} on disk. The last good version stays live.
          </h2>
          <Problems problems={list.problems} />
        </section>
      )}
      {list.playbooks.length === 0 ? (
        <>
          <p>No playbook is live: calls are heard, and nobody is guided.</p>
          <p className={css.dim}>
            Put one into the folder of playbooks; it is live a moment later.
          </p>
          <Command text="trunkline playbook check my-playbook.yaml" />
        </>
      ) : (
        <ul className={css.list}>
          {list.playbooks.map((playbook) => (
            <li key={playbook.id}>
              <Link to={`/guidance/playbooks/${encodeURIComponent(playbook.id)}`}>
                {playbook.title}
              </Link>
              <span className={css.dim}>version {playbook.version}</span>
              <code className={css.dim}>{playbook.file}</code>
              <span className={css.dim}>
                live since <When atMs={playbook.loaded_at_ms} />
              </span>
              <code className={css.dim} title="The first digits of its file’s SHA-256">
                {playbook.digest}
              </code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
