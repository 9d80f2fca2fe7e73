import type { ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const dist = join(import.meta.dirname, '../../apps/console/dist');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Who may frame pages, and what may be framed, beyond what the real server always says. */
export interface Framing {
  frames: string[];
  framedBy: string[];
}

/** As strict as the real server: a page that needs more than this fails its test. */
function policyOf(path: string, { frames, framedBy }: Framing): string {
  const isEmbeddable = /^\/(desk|workspace)(\/|$)/.test(path);
  const ancestors = isEmbeddable && framedBy.length > 0 ? framedBy.join(' ') : "'none'";
  const softphones = ['https://*.my.connect.aws', 'https://*.awsapps.com', ...frames];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    ...(path === '/ccp' ? [`frame-src ${softphones.join(' ')}`] : []),
    `frame-ancestors ${ancestors}`,
  ].join('; ');
}

/** The built console; every path that is no file gives the page, as its routes are made in the browser. */
export function sendConsole(path: string, response: ServerResponse, framing: Framing): void {
  const isFile = extname(path) !== '';
  const file = join(dist, isFile ? normalize(path) : 'index.html');
  let body: Buffer;
  try {
    body = readFileSync(file);
  } catch {
    response.writeHead(404).end();
    return;
  }
  const type = types[extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, {
    'content-type': type,
    'content-security-policy': policyOf(path, framing),
  });
  response.end(body);
}
