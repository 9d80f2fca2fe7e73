import type { Credentials } from './credentials.ts';
import type { Environment, RequestSent } from './environment.ts';
import { ApiError } from './http.ts';

/** A request on its way out. */
export interface RequestDraft extends RequestSent {
  url: string;
}

/** Sees each request before it goes out; what it gives back goes out instead. */
export type RequestInterceptor = (request: RequestDraft) => RequestDraft | Promise<RequestDraft>;

/** The environment with requests that say who asks, and say it anew once when the token has expired. */
export function authorised(
  environment: Environment,
  credentials: Credentials,
  intercept: RequestInterceptor = (request) => request,
): Environment {
  const send = async (url: string, init: RequestSent, token: string | null) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const draft = { ...init, url, headers: { ...init.headers, ...headers } };
    const { url: to, ...request } = await intercept(draft);
    return environment.fetch(to, request);
  };
  return {
    ...environment,
    fetch: async (url, init) => {
      if (!credentials.isNeeded) return send(url, init, null);
      const token = credentials.current() ?? (await credentials.ready());
      if (token === null)
        throw new ApiError({ status: 401, code: 'signed_out', title: 'Nobody is signed in' });
      const response = await send(url, init, token);
      if (response.status !== 401) return response;
      const renewed = await credentials.renew(token);
      return renewed === null ? response : send(url, init, renewed);
    },
  };
}
