import type { CallSummary, Transcript } from '@trunkline/api-types';
import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';

/**
 * Against a real server that places or holds calls, such as `trunkline demo`:
 * `TRUNKLINE_URL=http://127.0.0.1:8080 npm run e2e`.
 */
const url = process.env.TRUNKLINE_URL ?? '';
/** How long a sample call may take to begin, and to end with its recording. */
const PATIENCE_MS = Number(process.env.TRUNKLINE_PATIENCE_MS ?? 240_000);

test.skip(url === '', 'TRUNKLINE_URL names no server');
test.describe.configure({ mode: 'serial' });
test.setTimeout(PATIENCE_MS * 2);

/** Digits in a row as a card has them, also with blanks and dashes between. */
const CARD_DIGITS = /\d(?:[ -]?\d){7,}/;
const NUMBER_WORD = '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)';
const SPOKEN_DIGITS = new RegExp(`\\b${NUMBER_WORD}(?:[ ,.-]+${NUMBER_WORD}){6,}\\b`, 'i');

let callId = '';

async function shownWords(page: Page): Promise<string> {
  const rows = await page.locator('[data-id] p').allInnerTexts();
  return rows.join('\n');
}

async function json<T>(page: Page, path: string): Promise<T> {
  return (await (await page.request.get(url + path)).json()) as T;
}

test('a live call is on the board, and its words arrive, also over a dropped socket', async ({
  page,
}) => {
  const sockets: { close: () => Promise<void> }[] = [];
  await page.routeWebSocket(/\/v1\/subscribe/, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.goto(url);
  const row = page.getByRole('listitem').getByRole('link').first();
  await expect(row).toBeVisible({ timeout: PATIENCE_MS });
  await row.click();
  await page.waitForURL(/\/calls\/.+/);
  callId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');

  const settled = page.locator('[data-id]:not([data-partial])');
  await expect(settled.first()).toBeVisible({ timeout: 60_000 });
  const before = await settled.count();
  await sockets.at(-1)?.close();
  await expect.poll(() => settled.count(), { timeout: 90_000 }).toBeGreaterThan(before);
  expect(sockets.length).toBeGreaterThan(1);
  expect(await shownWords(page)).not.toMatch(CARD_DIGITS);
});

test('when it has ended, the page shows what the log holds, and plays', async ({ page }) => {
  await page.goto(`${url}/calls/${callId}`);
  await expect(page.locator('main header')).toContainText('Ended', { timeout: PATIENCE_MS });
  const play = page.getByRole('button', { name: 'Play', exact: true });
  await expect(play).toBeEnabled({ timeout: 60_000 });

  const transcript = await json<Transcript>(page, `/v1/calls/${callId}/transcript`);
  const wanted = transcript.utterances.filter((utterance) => utterance.words.length > 0);
  await expect(page.locator('[data-id]')).toHaveCount(wanted.length);
  const ids = await page
    .locator('[data-id]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')));
  expect(ids.toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());

  await play.click();
  const slider = page.getByRole('slider', { name: 'Place in the call' });
  await expect(slider).not.toHaveAttribute('aria-valuenow', '0');
  await page.locator('[data-id] [data-plays]').last().click();
  await expect(page.locator('[data-spoken]')).toHaveCount(1);
});

test('what was masked is a pill, and no digits of it are anywhere in the page', async ({
  page,
}) => {
  const { calls } = await json<{ calls: CallSummary[] }>(page, '/v1/calls?limit=50');
  const masked = calls.filter((call) => call.masks > 0);
  test.skip(masked.length === 0, 'no call with a mask is here yet');
  for (const call of masked.slice(0, 5)) {
    await page.goto(`${url}/calls/${call.call_id}`);
    await expect(page.locator('[data-id] [title$=", masked"]').first()).toBeVisible();
    const words = await shownWords(page);
    expect(words).not.toMatch(CARD_DIGITS);
    expect(words).not.toMatch(SPOKEN_DIGITS);
  }
});

test('past calls and health show what the server says', async ({ page }) => {
  await page.goto(`${url}/calls?state=all`);
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await page.goto(`${url}/health`);
  await expect(page.getByRole('rowheader', { name: /Total/ })).toBeVisible();
});
