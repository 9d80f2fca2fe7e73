import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { populate } from '../mock/scenes.ts';
import { expect, test } from './fixture.ts';

const KEY = 'a-key-of-the-test';

test.beforeEach(async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.route('**/v1/**', (route) => {
    const headers = route.request().headers();
    if (headers.authorization === `Bearer ${KEY}`) return route.continue();
    return route.fulfill({
      status: 401,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        code: 'unauthenticated',
        title: 'Who are you?',
        detail: '',
        status: 401,
      }),
    });
  });
  await page.route('**/v1/access', (route) =>
    route.fulfill({ json: { required: true, api_keys: true, exchange: false, oidc: null } }),
  );
});

test('who shows a key sees the board, also after a reload', async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'Sign in to Trunkline' })).toBeVisible();
  await page.getByLabel('API key').fill(KEY);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible();
});

test('a key that the server does not know is refused in words', async ({ page, server }) => {
  await page.goto(server.url);
  await page.getByLabel('API key').fill('another');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('does not know this key');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  expect(violations.map(({ id }) => id)).toEqual([]);
});
