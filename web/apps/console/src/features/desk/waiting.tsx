import type { ReactNode } from 'react';
import css from './desk.module.css';
import type { DeskKey } from './which-call.ts';

/** No call yet: says for which one the desk waits. */
export function Waiting({
  deskKey,
  children,
}: {
  /** Null: whatever the agent is connected to next. */
  deskKey: DeskKey;
  children?: ReactNode;
}) {
  return (
    <section className={css.waiting}>
      <h1>Ready for the next call</h1>
      {deskKey === null ? (
        <p>A call appears here as soon as you are connected.</p>
      ) : 'contactIds' in deskKey ? (
        <p>
          Nothing is heard yet of contact <code>{deskKey.contactIds[0]}</code>. It appears here with
          its first sound.
        </p>
      ) : (
        <p>
          The next call of <strong>{deskKey.agent}</strong> appears here by itself.
        </p>
      )}
      {children}
    </section>
  );
}
