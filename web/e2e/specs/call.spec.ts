import { begin, cardCall, populate } from '../mock/scenes.ts';
import { utteranceOf } from '../mock/script.ts';
import { expect, sentence, test } from './fixture.ts';

const line = ['customer', 9000, 'Hi. You charged my card twice.'] as const;

test('words in the making settle where they stand', async ({ page, server }) => {
  begin(server, 'a');
  await page.goto(`${server.url}/calls/a`);
  await expect(page.getByText('Nobody has spoken yet.')).toBeVisible();
  server.emit('a', { type: 'utterance_updated', data: utteranceOf(line, 3) });
  const row = sentence(page, 'c-9000');
  await expect(row).toContainText('Hi. You charged');
  await expect(row).toHaveAttribute('data-partial', 'true');
  const before = await row.boundingBox();
  server.emit('a', { type: 'utterance_completed', data: utteranceOf(line) });
  await expect(row).toContainText('Hi. You charged my card twice.');
  await expect(row).not.toHaveAttribute('data-partial');
  expect(await row.boundingBox()).toEqual(before);
});

test('a partial that turned out to be no words goes away', async ({ page, server }) => {
  begin(server, 'a');
  await page.goto(`${server.url}/calls/a`);
  await expect(page.getByText('Nobody has spoken yet.')).toBeVisible();
  server.emit('a', { type: 'utterance_updated', data: utteranceOf(line, 1) });
  await expect(sentence(page, 'c-9000')).toBeVisible();
  server.emit('a', { type: 'utterance_completed', data: { ...utteranceOf(line), words: [] } });
  await expect(sentence(page, 'c-9000')).toHaveCount(0);
});

test('speech is text, whatever it looks like', async ({ page, server }) => {
  begin(server, 'a', { customer: '<img src=x onerror=alert(1)>' });
  const spoken = '<script>alert(1)</script> <b>bold</b>';
  server.log('a', { type: 'utterance_completed', data: utteranceOf(['customer', 0, spoken]) });
  await page.goto(`${server.url}/calls/a`);
  await expect(page.getByText('<b>bold</b>')).toBeVisible();
  await expect(page.locator('main script, main b, main img')).toHaveCount(0);
});

test('masks are pills that can be copied and hold nothing', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  await expect(page.getByTitle('Card number, masked')).toHaveText('[card]');
  const copied = await sentence(page, 'c-21800').evaluate((row) => {
    document.getSelection()?.selectAllChildren(row);
    return String(document.getSelection());
  });
  expect(copied).toContain('it is [card] and');
});

test('gaps and holds stand where they happened', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  const words = page.getByRole('group', { name: 'Words of the call' });
  await expect(words).toContainText(
    'No sound from the customer for 1.8 s: the connection was lost',
  );
  await expect(words).toContainText('Customer on hold for 7.5 s, until 00:43');
  await page.goto(`${server.url}/calls/hold-live`);
  await expect(page.locator('main header')).toContainText('On hold');
});

test('a click on a word plays from there, marks what is heard, and follows until the reader scrolls', async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 900, height: 660 });
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  await page.getByText('Honestly,').click();
  await expect(sentence(page, 'c-38000')).toHaveAttribute('data-spoken', 'true');
  await expect(sentence(page, 'c-38000').locator('[data-now]')).toHaveCount(1);
  await page.getByRole('group', { name: 'Words of the call' }).hover();
  await page.mouse.wheel(0, -400);
  await page.getByRole('button', { name: 'Follow the sound' }).click();
  await expect(sentence(page, 'c-38000')).toBeInViewport();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await expect(page).toHaveURL(/t=38000/);
  await page.reload();
  await expect(sentence(page, 'c-38000')).toHaveAttribute('data-spoken', 'true');
});

test('search finds across words and masks, and its address finds them again', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  await expect(sentence(page, 'c-9000')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('card');
  await expect(page.getByText('1 of 3')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('2 of 3')).toBeVisible();
  await expect(page).toHaveURL(/q=card/);
  await page.reload();
  await expect(page.locator('[data-mark]')).toHaveCount(3);
  await page.getByRole('textbox').focus();
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-mark]')).toHaveCount(0);
});

test('j, k and Enter move and play without a mouse', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/past-1`);
  await expect(sentence(page, 'c-9000')).toBeVisible();
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  await expect(sentence(page, 't-4500')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(sentence(page, 't-4500')).toHaveAttribute('data-spoken', 'true');
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('a live call keeps the newest words in sight until the reader scrolls away', async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 900, height: 660 });
  begin(server, 'a');
  await page.goto(`${server.url}/calls/a`);
  for (const step of cardCall) server.emit('a', step.event);
  await expect(sentence(page, 'c-58300')).toBeInViewport();
  await page.getByRole('group', { name: 'Words of the call' }).hover();
  await page.mouse.wheel(0, -2000);
  await expect(page.getByRole('button', { name: 'Jump to live' })).toBeVisible();
  server.log('a', {
    type: 'utterance_completed',
    data: utteranceOf(['agent', 63_000, 'Goodbye.']),
  });
  await expect(sentence(page, 't-63000')).not.toBeInViewport();
  await page.getByRole('button', { name: 'Jump to live' }).click();
  await expect(sentence(page, 't-63000')).toBeInViewport();
});
