import { begin, populate } from '../mock/scenes.ts';
import { utteranceOf } from '../mock/script.ts';
import type { MockServer } from '../mock/server.ts';
import { expect, sentence, test } from './fixture.ts';

function say(server: MockServer, atMs: number, text: string): void {
  server.log('a', { type: 'utterance_completed', data: utteranceOf(['customer', atMs, text]) });
}

test('a dropped socket costs no word and repeats none', async ({ page, server }) => {
  begin(server, 'a');
  say(server, 1000, 'One.');
  await page.goto(`${server.url}/calls/a`);
  await expect(sentence(page, 'c-1000')).toBeVisible();
  for (const atMs of [2000, 3000, 4000]) {
    server.dropSockets();
    say(server, atMs, 'While nobody heard.');
    await expect(sentence(page, `c-${atMs}`)).toBeVisible();
  }
  await expect(page.locator('[data-id]')).toHaveCount(4);
});

test('a lost server is said with its time, and the page catches up by itself', async ({
  page,
  server,
}) => {
  begin(server, 'a');
  say(server, 1000, 'One.');
  await page.goto(`${server.url}/calls/a`);
  await expect(sentence(page, 'c-1000')).toBeVisible();
  server.isDown = true;
  server.dropSockets();
  await expect(page.getByText(/No news since \d\d:\d\d:\d\d/)).toBeVisible();
  await expect(sentence(page, 'c-1000')).toBeVisible();
  server.isDown = false;
  say(server, 2000, 'Two.');
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(sentence(page, 'c-2000')).toBeVisible();
  await expect(page.getByText(/No news since/)).toHaveCount(0);
});

test('pages that cannot be read say so and come back by themselves', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  const pages = [
    ['/', 'The live calls cannot be read'],
    ['/calls', 'The calls cannot be read'],
    ['/calls/past-1', 'The call cannot be read'],
    ['/health', "The server's state cannot be read"],
  ] as const;
  await page.route('**/v1/**', (route) => route.abort());
  for (const [path, what] of pages) {
    await page.goto(server.url + path);
    await expect(page.getByRole('alert')).toContainText(what);
    await expect(page.getByRole('alert')).toContainText(/since \d\d:\d\d:\d\d/);
  }
  await page.unroute('**/v1/**');
  await expect(page.getByRole('heading', { name: 'Health' })).toBeVisible();
});

test('pages show their shape while they load', async ({ page, server }) => {
  server.isSlow = true;
  for (const path of ['/', '/calls', '/calls/a', '/health']) {
    await page.goto(server.url + path);
    await expect(page.locator('[aria-busy=true]')).toBeVisible();
  }
});

test('a call without words says why and what to do', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-broken`);
  await expect(page.getByText('This call has no words.')).toBeVisible();
  await expect(page.getByText('trunkline models pull')).toBeVisible();
  await expect(page.getByText('Recording stopped at 00:40.')).toBeVisible();
});

test('a call that is not there is not asked for for ever', async ({ page, server }) => {
  await page.goto(`${server.url}/calls/nothing`);
  await expect(page.getByRole('heading', { name: 'There is no such call here' })).toBeVisible();
});
