import { Button, PasswordInput } from '@mantine/core';
import type { AccessInfo } from '@trunkline/api-types';
import type { AuthState } from '@trunkline/client/console';
import { useState } from 'react';
import { Notice } from '../../ui/notice.tsx';
import css from './sign-in.module.css';

interface SignInPageProps {
  access: AccessInfo;
  state: AuthState;
  onKey: (key: string) => void;
  onProvider: () => void;
}

/** What is said of a sign-in that did not come about, and what to do. */
const REASONS: Record<string, string> = {
  expired: 'You were signed out, since your sign-in expired.',
  refused:
    'The server does not know this key or sign-in, or does not let it in. Ask whoever runs the server.',
  cancelled: 'The window was closed before you were signed in.',
  popup_blocked: 'The browser opened no window. Allow windows for this page, and try again.',
};

/** Where the server asks who one is. */
export function SignInPage({ access, state, onKey, onProvider }: SignInPageProps) {
  const [key, setKey] = useState('');
  const reason = state.state === 'signed_out' ? REASONS[state.reason] : undefined;
  const isBusy = state.state === 'signing_in';
  return (
    <main className={css.page}>
      <Notice title="Sign in to Trunkline">
        {reason !== undefined && <p role="alert">{reason}</p>}
        {access.oidc && (
          <Button onClick={onProvider} loading={isBusy}>
            Sign in with {hostOf(access.oidc.issuer)}
          </Button>
        )}
        {access.api_keys && (
          <form
            className={css.key}
            onSubmit={(event) => {
              event.preventDefault();
              onKey(key.trim());
            }}
          >
            <PasswordInput
              label={access.oidc ? 'Or with an API key' : 'API key'}
              description="Of the server’s configuration, under access.api_keys. Forgotten with this tab."
              value={key}
              autoComplete="current-password"
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Button
              type="submit"
              variant={access.oidc ? 'default' : 'filled'}
              disabled={key.trim() === ''}
              loading={isBusy && !access.oidc}
            >
              Sign in
            </Button>
          </form>
        )}
      </Notice>
    </main>
  );
}

function hostOf(issuer: string): string {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
}
