import { Kbd, Modal } from '@mantine/core';
import { Fragment } from 'react';
import css from './shell.module.css';

const KEYS: readonly (readonly [string, string])[] = [
  ['g l', 'Calls now'],
  ['g c', 'Past calls'],
  ['g d', 'The desk'],
  ['g p', 'Guidance and playbooks'],
  ['g r', 'Findings to review'],
  ['g m', 'Capture a call'],
  ['g h', 'Health'],
  ['/', 'Search on this page'],
  ['j', 'Next sentence'],
  ['k', 'Previous sentence'],
  ['Enter', 'Play from the chosen sentence'],
  ['Space', 'Play or pause'],
  ['f', 'Follow what is new, or what plays'],
  ['a', 'Review: mask what was found'],
  ['m', 'Review: mask more'],
  ['r', 'Review: release'],
  ['l', 'Review: look at the words'],
  ['[', 'Review: one more word before; { takes it back'],
  [']', 'Review: one more word after; } takes it back'],
  ['a', 'Desk: the card was used; Enter does the same'],
  ['Esc', 'Desk: dismiss the card'],
  ['e', 'Desk: where the card comes from'],
  ['n', 'Desk: an earlier card'],
  ['m', 'Desk: mute suggestions, or let them come again'],
  ['t', 'Desk: the transcript'],
  ['Esc', 'Leave the search'],
  ['?', 'These keys'],
];

export function KeysHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Keys"
      size="sm"
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl className={css.keys}>
        {KEYS.map(([keys, what]) => (
          <Fragment key={what}>
            <dt>
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </Fragment>
        ))}
      </dl>
    </Modal>
  );
}
