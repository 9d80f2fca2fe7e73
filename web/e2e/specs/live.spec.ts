import { begin, populate } from '../mock/scenes.ts';
import { utteranceOf } from '../mock/script.ts';
import { expect, test } from './fixture.ts';

test('an empty board says how to place a call, and a call then appears by itself', async ({
  page,
  server,
}) => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'No calls now' })).toBeVisible();
  await expect(page.getByText('trunkline call --samples')).toBeVisible();
  begin(server, 'new-call', { customer: '•••0042' });
  await expect(page.getByRole('link', { name: '•••0042' })).toBeVisible();
  server.log('new-call', {
    type: 'utterance_completed',
    data: utteranceOf(['customer', 1000, 'My number is [card] thanks']),
  });
  await expect(page.getByRole('listitem')).toContainText('My number is [card] thanks');
});

test('rows keep their places while somebody reads, and new calls wait above', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(server.url);
  const rows = page.getByRole('listitem');
  await expect(rows).toHaveCount(3);
  const before = await rows.allInnerTexts();
  await rows.nth(1).hover();
  begin(server, 'another');
  server.log('hold-live', { type: 'hold_ended', data: { at_ms: 90_000 } });
  await expect(page.getByRole('button', { name: 'Show 1 new call' })).toBeVisible();
  await expect(rows.nth(1)).not.toContainText('On hold');
  await expect(rows).toHaveCount(before.length);
  await page.getByRole('button', { name: 'Show 1 new call' }).click();
  await expect(rows).toHaveCount(4);
});

test('a call that ends leaves the board', async ({ page, server }) => {
  begin(server, 'short');
  await page.goto(server.url);
  await expect(page.getByRole('listitem')).toHaveCount(1);
  server.log('short', { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 900 } });
  await expect(page.getByRole('heading', { name: 'No calls now' })).toBeVisible();
});

test('keys lead from page to page', async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'No calls now' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page).toHaveURL(/\/health$/);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/calls$/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect(page).toHaveURL(/\/$/);
});
