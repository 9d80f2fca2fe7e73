/** Where the agent's softphone is. */
export interface CcpOptions {
  ccpUrl: string;
  region: string | null;
}

/** What the address says of it: `ccpUrl`, and `region` where chats are taken, too. */
export function ccpOptionsOf(params: URLSearchParams): CcpOptions | null {
  const ccpUrl = params.get('ccpUrl');
  if (ccpUrl === null || ccpProblem(ccpUrl) !== null) return null;
  return { ccpUrl: new URL(ccpUrl).href, region: params.get('region') };
}

/** Why this is no address of a softphone; null when it is one. Connect's own are always under TLS. */
export function ccpProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'This is no address: it begins with https://';
  const { protocol, hostname } = new URL(text);
  const isOwnHost = hostname === '127.0.0.1' || hostname === 'localhost';
  if (protocol !== 'https:' && !(protocol === 'http:' && isOwnHost))
    return 'A softphone is only reached over https://';
  return null;
}
