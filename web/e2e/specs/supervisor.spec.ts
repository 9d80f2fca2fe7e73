import type { Page } from '@playwright/test';
import { cardPlaybook, guidanceStarted, metricsAt, missed } from '../mock/guidance-scene.ts';
import { begin, playUpTo, populate } from '../mock/scenes.ts';
import { expect, test } from './fixture.ts';

const rows = (page: Page) => page.getByRole('main').getByRole('listitem');

test('the board stands by need: an alert, something unsaid, lost words, an unhappy customer', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  begin(server, 'calm', { customer: '•••0001' });
  await page.goto(server.url);
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).nth(0)).toContainText('Security code was spoken');
  await expect(rows(page).nth(0)).toContainText('Not done: Verify who is calling');
  await expect(rows(page).nth(1)).toContainText('•••9087');
  await expect(rows(page).nth(2)).toContainText('Words stopped');
  await expect(rows(page).nth(3)).toContainText('•••0001');
  await expect(rows(page).nth(0)).toContainText('2/5');
  await expect(rows(page).nth(1)).toContainText('Unhappy');
});

test('what changes in a call is on the board within two seconds, and its row stays where it is read', async ({
  page,
  server,
}) => {
  begin(server, 'a', { customer: '•••0001' });
  server.log('a', guidanceStarted);
  begin(server, 'b', { customer: '•••0002' });
  await page.goto(server.url);
  await expect(rows(page)).toHaveCount(2);
  await rows(page).nth(0).hover();
  await expect(rows(page).nth(0)).toContainText('•••0002');
  server.log('a', missed('greet', 16_000));
  await expect(rows(page).nth(1)).toContainText('Not done: Greet by name', { timeout: 2000 });
  server.log('a', { type: 'metrics_sampled', data: metricsAt(17_000, -0.8, 24_000) });
  await expect(rows(page).nth(1)).toContainText('Silent 24 s', { timeout: 2000 });
  await expect(rows(page).nth(1)).toContainText('Unhappy');
  await page.getByRole('button', { name: 'Sort by need again' }).click();
  await expect(rows(page).nth(0)).toContainText('•••0001');
});

test('an alert that is over leaves the board', async ({ page, server }) => {
  playUpTo(server, 'card', server.nowMs() - 26_000, 26_000);
  await page.goto(server.url);
  await expect(rows(page)).toContainText('Security code was spoken');
  server.log('card', { type: 'alert_cleared', data: { id: 'a-1', at_ms: 30_000 } });
  await expect(rows(page)).not.toContainText('Security code was spoken');
});

test('the call shows its card, checklist, alerts and measurements, and takes a message to the agent', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(server.url);
  await page.getByRole('link', { name: '•••0134' }).click();
  const side = page.getByRole('complementary', { name: 'About the call' });
  await expect(side).toContainText('Stop the security code');
  await expect(side).toContainText(cardPlaybook.checklist?.[0]?.title ?? '');
  await expect(side).toContainText('Security code was spoken');
  await expect(side).toContainText('Talk-over');
  await side.getByRole('textbox', { name: 'Message to the agent' }).fill('Offer the refund.');
  await side.getByRole('button', { name: 'Send' }).click();
  await expect(side.getByText('Offer the refund.')).toBeVisible();
  await expect(side.getByRole('textbox', { name: 'Message to the agent' })).toHaveValue('');
  expect(server.guidance.acts[0]).toMatchObject({ type: 'message', callId: 'card-live' });
});

test('a message that is refused stays in its field, with the reason', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  server.guidance.refusal = { status: 403, code: 'forbidden', title: 'Not your queue' };
  await page.goto(`${server.url}/calls/card-live`);
  const field = page.getByRole('textbox', { name: 'Message to the agent' });
  await field.fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('Not your queue.')).toBeVisible();
  await expect(field).toHaveValue('Hello');
});

test('a sentence that ticked an item is found in the words of the call', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  await page.getByRole('button', { name: /^00:49 Thanks for waiting/ }).click();
  await expect(page.locator('[data-id="t-44000"]')).toBeFocused();
  const side = page.getByRole('complementary', { name: 'About the call' });
  await expect(side).toContainText('Sentences of the call: the model did not answer');
  await expect(side).toContainText('Refund given');
});
