import type { CallView } from '@trunkline/client/console';
import { clock, exactTime } from '../../ui/format.ts';
import css from './call.module.css';
import { milestoneOf, worthALine } from './milestones.ts';

/** What happened besides words, newest last. */
export function Events({ view }: { view: CallView }) {
  return (
    <section className={css.panel}>
      <h2>Events</h2>
      <ol className={css.events}>
        {worthALine(view.milestones).map((event) => {
          const { seq, atMs, text } = milestoneOf(event);
          const appendedUs = event.stages.appended_us;
          return (
            <li key={seq} title={appendedUs == null ? undefined : exactTime(appendedUs / 1000)}>
              <span className={css.time}>{atMs === null ? '' : clock(atMs)}</span>
              <span>{text}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
