import type { ReactNode } from 'react';
import css from './desk.module.css';
import type { DeskKey } from './which-call.ts';

/** No call yet: says for which one the desk waits. */
export function Waiting({
  deskKey,
  children,
}: {
  deskKey: NonNullable<DeskKey>;
  children?: ReactNode;
}) {
  return (
    <section className={css.waiting}>
      <h1>Ready for the next call</h1>
      {'contactId' in deskKey ? (
        <p>
          Nothing is heard yet of contact <code>{deskKey.contactId}</code>. It appears here with its
          first sound.
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
