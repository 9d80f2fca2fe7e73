import type { ConnectionState, TrunklineClient } from '@trunkline/client/console';
import { createContext, use, useSyncExternalStore } from 'react';

export const ClientContext = createContext<TrunklineClient | null>(null);

export function useClient(): TrunklineClient {
  const client = use(ClientContext);
  if (client === null) throw new Error('useClient is used outside of ClientContext');
  return client;
}

export function useConnection(): ConnectionState {
  const client = useClient();
  return useSyncExternalStore(client.watchConnection, client.connection);
}
