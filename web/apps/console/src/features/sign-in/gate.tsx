import { MantineProvider } from '@mantine/core';
import type { AccessInfo } from '@trunkline/api-types';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { App } from '../../app/app.tsx';
import { theme } from '../../app/theme.ts';
import { accessOf, clientOf, OPEN } from './client-of.ts';
import { keepKey, keptKey } from './kept-key.ts';
import { SignInPage } from './sign-in-page.tsx';

/** A server that does not say soon how one signs in gets the pages, which show that it is slow. */
const PATIENCE_MS = 1_000;

/** The console for who may see it; where the server asks who one is, the way in first. */
export function Gate({ origin }: { origin: string }) {
  const [access, setAccess] = useState<AccessInfo | null>(null);
  useEffect(() => {
    void accessOf(origin).then(setAccess);
    const timer = setTimeout(() => setAccess((known) => known ?? OPEN), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [origin]);
  if (access === null) return null;
  return <Entry key={String(access.required)} origin={origin} access={access} />;
}

function Entry({ origin, access }: { origin: string; access: AccessInfo }) {
  const [client, setClient] = useState(() => clientOf(origin, access, keptKey()));
  const { auth } = client;
  const state = useSyncExternalStore(auth.onChange, () => auth.state);
  useEffect(() => {
    // A key needs nobody's act; a provider's window does.
    const { state: now } = auth;
    if (keptKey() !== null && now.state === 'signed_out' && now.reason === 'not_yet')
      void auth.signIn();
  }, [auth]);
  useEffect(() => {
    const retry = () => client.retryNow();
    window.addEventListener('online', retry);
    return () => window.removeEventListener('online', retry);
  }, [client]);
  if (state.state === 'open' || state.state === 'signed_in') return <App client={client} />;
  const signInWith = (key: string | null) => {
    keepKey(key);
    const next = clientOf(origin, access, key);
    setClient(next);
    // In the act of the person, or the browser opens no window.
    void next.auth.signIn();
  };
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <SignInPage
        access={access}
        state={state}
        onKey={signInWith}
        onProvider={() => signInWith(null)}
      />
    </MantineProvider>
  );
}
