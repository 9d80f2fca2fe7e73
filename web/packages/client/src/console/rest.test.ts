import { expect, test } from 'vitest';
import { createRest } from './rest.ts';
import { ScriptedEnvironment } from '../testing.ts';

function answering(response: () => Promise<Response>) {
  const environment = new ScriptedEnvironment();
  const urls: string[] = [];
  environment.fetch = (url?: string) => {
    urls.push(url ?? '');
    return response();
  };
  return { rest: createRest('http://server', environment), urls };
}

test('asks with only what was given, and with names made safe for a path', async () => {
  const { rest, urls } = answering(() => Promise.resolve(Response.json({})));
  await rest.calls({ state: 'live', limit: 5 });
  await rest.calls({});
  await rest.call('a/b?c');
  expect(urls).toEqual([
    'http://server/v1/calls?state=live&limit=5',
    'http://server/v1/calls',
    'http://server/v1/calls/a%2Fb%3Fc',
  ]);
});

test('a problem becomes an error with its code and detail', async () => {
  const problem = {
    type: 't',
    title: 'Not found',
    status: 404,
    detail: 'No such call.',
    code: 'no_such_call',
  };
  const { rest } = answering(() => Promise.resolve(Response.json(problem, { status: 404 })));
  await expect(rest.call('x')).rejects.toMatchObject({
    status: 404,
    code: 'no_such_call',
    message: 'No such call.',
  });
});

test('an answer that is no problem document still becomes an error', async () => {
  const { rest } = answering(() => Promise.resolve(new Response('<html>', { status: 502 })));
  await expect(rest.status()).rejects.toMatchObject({ status: 502, code: 'unknown' });
});

test('a server that does not answer is told from one that refuses', async () => {
  const { rest } = answering(() => Promise.reject(new TypeError('fetch failed')));
  await expect(rest.status()).rejects.toMatchObject({ status: 0, code: 'unreachable' });
});
