import type { AccessInfo } from '@trunkline/api-types';
import type { AuthOptions, TrunklineClient } from '@trunkline/client/console';
import { createClient } from '@trunkline/client/console';

/** Nobody is asked who they are. */
export const OPEN: AccessInfo = { required: false, api_keys: false, exchange: false };

/** How one signs in here. A server that is away is asked again by the pages themselves, which say so. */
export async function accessOf(origin: string): Promise<AccessInfo> {
  try {
    const answer = await fetch(`${origin}/v1/access`);
    return answer.ok ? ((await answer.json()) as AccessInfo) : OPEN;
  } catch {
    return OPEN;
  }
}

/** The console's client for who asks: by a key, or by the provider's window. */
export function clientOf(origin: string, access: AccessInfo, key: string | null): TrunklineClient {
  const auth = authOf(access, key);
  return createClient(auth === null ? { origin } : { origin, auth });
}

function authOf({ required, oidc }: AccessInfo, key: string | null): AuthOptions | null {
  if (!required) return null;
  if (key !== null || !oidc) return { apiKey: key ?? '' };
  const popup = { issuer: oidc.issuer, clientId: oidc.client_id, scope: oidc.scope };
  return { popup, storage: 'session' };
}
