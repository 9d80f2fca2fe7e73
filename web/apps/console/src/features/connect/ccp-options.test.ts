import { expect, test } from 'vitest';
import { ccpOptionsOf, ccpProblem } from './ccp-options.ts';

const options = (query: string) => ccpOptionsOf(new URLSearchParams(query));

test('a softphone is named by its address, and a region where there is one', () => {
  expect(options('ccpUrl=https://acme.my.connect.aws/ccp-v2&region=eu-west-1')).toEqual({
    ccpUrl: 'https://acme.my.connect.aws/ccp-v2',
    region: 'eu-west-1',
  });
  expect(options('ccpUrl=https://acme.my.connect.aws/ccp-v2')?.region).toBeNull();
});

test('what is no address of a softphone is not framed', () => {
  expect(options('')).toBeNull();
  for (const bad of ['acme', 'javascript:alert(1)', 'data:text/html,x', 'http://acme.example/ccp'])
    expect([bad, ccpProblem(bad) !== null]).toEqual([bad, true]);
  expect(ccpProblem('http://127.0.0.1:9000/ccp-v2')).toBeNull();
});
