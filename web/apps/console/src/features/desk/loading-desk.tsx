import { Skeleton } from '@mantine/core';
import css from './desk.module.css';

export function LoadingDesk() {
  return (
    <div className={css.loading} aria-busy="true" aria-label="Loading the desk">
      <Skeleton height={20} width="70%" />
      <Skeleton height={64} />
      <Skeleton height={150} />
      <Skeleton height={110} />
    </div>
  );
}
