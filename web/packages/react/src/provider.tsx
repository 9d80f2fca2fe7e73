import type { TrunklineClient, Voice } from '@trunkline/client';
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';

const ClientContext = createContext<TrunklineClient | null>(null);

export interface TrunklineProviderProps {
  /** Made, and closed, by the page: the parts below only look at it. */
  client: TrunklineClient;
  children: ReactNode;
}

export function TrunklineProvider({ client, children }: TrunklineProviderProps) {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

export function useClient(): TrunklineClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('useClient is used outside of TrunklineProvider');
  return client;
}

const voices = new WeakMap<TrunklineClient, Map<string | undefined, Voice>>();

/** The calls of a client, by profile: the same for all parts of a page, and closed with the client. */
export function voiceOf(client: TrunklineClient, profile: string | undefined): Voice {
  const known = voices.get(client) ?? new Map<string | undefined, Voice>();
  voices.set(client, known);
  const voice = known.get(profile) ?? client.voice(profile);
  known.set(profile, voice);
  return voice;
}
