import { Button, NativeSelect, Progress } from '@mantine/core';
import { IconPlayerPlay, IconX } from '@tabler/icons-react';
import type { BacktestResult } from '@trunkline/client/console';
import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import { plural } from '../../ui/format.ts';
import { BacktestTable } from './backtest-table.tsx';
import css from './playbooks.module.css';

const DAYS = ['1', '7', '30', '90'];

type Run =
  | { state: 'idle' }
  | { state: 'running'; done: number; of: number }
  | { state: 'failed'; detail: string }
  | { state: 'done'; yaml: string; days: string; result: BacktestResult };

/** "Try on the last N days": the stored calls are guided again by this text and by what is live. */
export function Backtest({ yaml, isWrong }: { yaml: string; isWrong: boolean }) {
  const client = useClient();
  const [days, setDays] = useState('7');
  const [run, setRun] = useState<Run>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = () => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setRun({ state: 'running', done: 0, of: 0 });
    const progress = (done: number, of: number) => {
      if (!stop.signal.aborted) setRun({ state: 'running', done, of });
    };
    client.backtest({ yaml, days: Number(days) }, progress, stop.signal).then(
      (result) => setRun({ state: 'done', yaml, days, result }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setRun({ state: 'failed', detail: error instanceof Error ? error.message : String(error) });
      },
    );
  };
  const cancel = () => {
    running.current?.abort();
    setRun({ state: 'idle' });
  };
  return (
    <section className={css.backtest} aria-label="Try it">
      <h2>Try it on stored calls</h2>
      <form
        className={css.acts}
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <NativeSelect
          size="xs"
          aria-label="Calls of the last"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={DAYS.map((one) => ({
            value: one,
            label: `The last ${plural(Number(one), 'day')}`,
          }))}
        />
        {run.state === 'running' ? (
          // Keys: one button that became the other under a click would submit with it.
          <Button
            key="stop"
            size="xs"
            variant="default"
            leftSection={<IconX size={15} aria-hidden />}
            onClick={cancel}
          >
            Stop
          </Button>
        ) : (
          <Button
            key="try"
            type="submit"
            size="xs"
            disabled={isWrong}
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
          >
            Try
          </Button>
        )}
        {isWrong && <span className={css.dim}>Mend the mistakes first.</span>}
      </form>
      <Outcome run={run} yaml={yaml} />
    </section>
  );
}

function Outcome({ run, yaml }: { run: Run; yaml: string }) {
  switch (run.state) {
    case 'idle':
      return (
        <p className={css.dim}>
          Each stored call is guided again, by this text and by what is live now. Nothing is changed
          in the calls, and nobody is told.
        </p>
      );
    case 'running':
      return (
        <div className={css.progress}>
          <Progress
            aria-label="Calls guided again"
            value={run.of === 0 ? 0 : (run.done / run.of) * 100}
          />
          <p className={css.dim} role="status">
            {run.of === 0 ? 'Looking for calls…' : `${run.done} of ${plural(run.of, 'call')}`}
          </p>
        </div>
      );
    case 'failed':
      return <p className={css.failure}>That did not work: {run.detail}.</p>;
    default:
      return (
        <>
          {run.yaml !== yaml && (
            <p className={css.dim}>The text was changed since; this is of the text before.</p>
          )}
          <BacktestTable result={run.result} days={run.days} />
        </>
      );
  }
}
