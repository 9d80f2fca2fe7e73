import { ActionIcon, VisuallyHidden } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';
import { useState } from 'react';
import { NavLink, Outlet, useNavigate, useSearchParams } from 'react-router';
import { useKeys } from '../ui/use-keys.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { KeysHelp } from './keys-help.tsx';
import css from './shell.module.css';

/** Pages stand in a frame of their own here, unless the address says that another page's frame is around them. */
export function Shell() {
  const [params] = useSearchParams();
  return params.get('embed') === '1' ? <Bare /> : <Framed />;
}

/** The page alone, for a side panel of another program. */
export function Bare() {
  return (
    <div className={css.shell}>
      <ConnectionBanner />
      <main id="content" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

/** What stands around every page: where one is, whether it is live, and the keys. */
function Framed() {
  const navigate = useNavigate();
  const [areKeysShown, showKeys] = useState(false);
  useKeys({
    'g l': () => void navigate('/'),
    'g c': () => void navigate('/calls'),
    'g d': () => void navigate('/desk'),
    'g p': () => void navigate('/guidance'),
    'g r': () => void navigate('/review'),
    'g m': () => void navigate('/capture'),
    'g h': () => void navigate('/health'),
    '?': () => showKeys(true),
  });
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#content">
        Skip to the page
      </a>
      <header className={css.header}>
        <span className={css.brand}>Trunkline</span>
        <nav className={css.nav} aria-label="Pages">
          <NavLink to="/" end>
            Live
          </NavLink>
          <NavLink to="/calls">Calls</NavLink>
          <NavLink to="/desk">Desk</NavLink>
          <NavLink to="/guidance">Guidance</NavLink>
          <NavLink to="/review">Review</NavLink>
          <NavLink to="/capture">Capture</NavLink>
          <NavLink to="/health">Health</NavLink>
        </nav>
        <ActionIcon variant="subtle" color="gray" title="Keys (?)" onClick={() => showKeys(true)}>
          <IconKeyboard size={18} aria-hidden />
          <VisuallyHidden>Show the keys</VisuallyHidden>
        </ActionIcon>
      </header>
      <ConnectionBanner />
      <main id="content" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <KeysHelp isOpen={areKeysShown} onClose={() => showKeys(false)} />
    </div>
  );
}
