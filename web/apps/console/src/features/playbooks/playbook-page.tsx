import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { ApiError } from '@trunkline/client/console';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useLoad } from '../../ui/use-load.ts';
import { GuidanceNav } from './guidance-nav.tsx';
import { PlaybookEditor } from './playbook-editor.tsx';
import css from './playbooks.module.css';

/** One live playbook: to read, to change, and to try on stored calls. */
export function PlaybookPage() {
  const { playbookId = '' } = useParams();
  const client = useClient();
  const { value, error, brokenSinceMs } = useLoad(
    playbookId,
    (signal) => client.playbook(playbookId, signal),
    { isPassing: (cause) => !isAbsent(cause) },
  );
  useDocumentTitle(`${value?.title ?? 'Playbook'} · Trunkline`);
  return (
    <div className={css.page}>
      <GuidanceNav />
      {value !== null ? (
        <>
          <div className={css.head}>
            <Link to="/guidance/playbooks" className={css.back}>
              <IconChevronLeft size={16} aria-hidden />
              Playbooks
            </Link>
            <h1>{value.title}</h1>
            <p className={css.dim}>
              version {value.version}, <code>{value.file}</code>, <code>{value.digest}</code>
            </p>
          </div>
          <PlaybookEditor key={value.digest} playbook={value} />
        </>
      ) : error === null ? (
        <div aria-busy="true" aria-label="Loading the playbook">
          <Skeleton height={360} />
        </div>
      ) : isAbsent(error) ? (
        <Notice title="There is no such playbook">
          <p>
            It may have been removed: <Link to="/guidance/playbooks">those that are live</Link>.
          </p>
        </Notice>
      ) : (
        <Broken what="The playbook cannot be read" error={error} sinceMs={brokenSinceMs} />
      )}
    </div>
  );
}

function isAbsent(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}
