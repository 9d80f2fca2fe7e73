import { Kbd, Modal } from '@mantine/core';
import { Fragment } from 'react';
import css from './shell.module.css';

const KEYS: readonly (readonly [string, string])[] = [
  ['g l', 'Calls now'],
  ['g c', 'Past calls'],
  ['g m', 'Capture a call'],
  ['g h', 'Health'],
  ['/', 'Search on this page'],
  ['j', 'Next sentence'],
  ['k', 'Previous sentence'],
  ['Enter', 'Play from the chosen sentence'],
  ['Space', 'Play or pause'],
  ['f', 'Follow what is new, or what plays'],
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
          <Fragment key={keys}>
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
