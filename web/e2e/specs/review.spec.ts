import { populate } from '../mock/scenes.ts';
import { expect, test } from './fixture.ts';

test('findings are decided by keys, one after the other, until nothing waits', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/review`);
  await expect(page.getByText('3 findings in 2 calls')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Found by a second look' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByText('Masked as found.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Heard in the masked sound' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByText('and the call is no longer hidden')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Something sounds in a mask' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByRole('heading', { name: 'Nothing to review' })).toBeVisible();
  expect(server.review.decided.map(({ finding }) => finding)).toEqual(['f-1', 'f-2', 'f-3']);
});

test('what was found is hidden until somebody looks, and the look is told to the server', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/review`);
  const context = page.getByRole('list', { name: 'What was said around it' });
  await expect(context).toContainText('Sure it ends in [number] if you need it');
  await expect(context).not.toContainText('forty-two');
  await page.keyboard.press('l');
  await expect(context).toContainText('Sure it ends in forty-two if you need it');
  expect(server.review.looks).toEqual(['f-1']);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(context).not.toContainText('forty-two');
});

test('more words are chosen by keys and masked with what was found', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/review`);
  const more = page.getByRole('button', { name: 'Mask more' });
  await expect(more).toBeDisabled();
  await page.keyboard.press('[');
  await page.keyboard.press(']');
  await page.keyboard.press(']');
  await page.keyboard.press('}');
  await expect(page.locator('[data-chosen]')).toHaveText(['in', '[number]', 'if']);
  await page.keyboard.press('m');
  await expect(page.getByText('Masked.')).toBeVisible();
  const [decision] = server.review.decided;
  expect(decision).toMatchObject({ finding: 'f-1', action: 'mask', from_ms: 22_790 });
});

test('a release that needs two people waits for the second', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/review`);
  await expect(page.getByText('2 people have to agree.')).toBeVisible();
  await page.keyboard.press('r');
  await expect(page.getByText('One more person has to agree.')).toBeVisible();
  await expect(page.getByText('2 people have to agree: ann did.')).toBeVisible();
  server.review.reviewer = 'bob';
  await page.keyboard.press('r');
  await expect(page.getByText('Released.')).toBeVisible();
});

test('somebody who is no reviewer is asked for a key', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  server.review.key = 'the-key';
  await page.goto(`${server.url}/review`);
  await page.getByLabel("Reviewer's key").fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('This is no reviewer')).toBeVisible();
  await page.getByLabel("Reviewer's key").fill('the-key');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('3 findings in 2 calls')).toBeVisible();
});
