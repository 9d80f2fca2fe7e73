import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { populate } from '../mock/scenes.ts';
import { expect, test } from './fixture.ts';

test('rules show what became of their cards, and which are in the way', async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/guidance`);
  const row = (name: RegExp) => page.getByRole('row', { name });
  await expect(page.getByText('212 guided calls')).toBeVisible();
  await expect(row(/^double-charge/)).toContainText('118');
  await expect(row(/^double-charge/)).toContainText('59 %');
  await expect(row(/^upsell/)).toContainText('Mostly dismissed');
  await expect(row(/^reset-router/)).toContainText('Never shown');
  await page.getByText('30 days').click();
  await expect(page).toHaveURL(/days=30/);
});

test('guidance that has said nothing yet says so', async ({ page, server }) => {
  server.guidance.statistics = { ...server.guidance.statistics, calls: 0, rules: [] };
  await page.goto(`${server.url}/guidance`);
  await expect(page.getByText('No rule has given a card yet.')).toBeVisible();
});

test('a mistake on disk is shown with its place, its key and what is allowed', async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/guidance/playbooks`);
  const mistakes = page.getByRole('region', { name: 'Mistakes' });
  await expect(mistakes).toContainText('The last good version stays live.');
  await expect(mistakes).toContainText('cancellation-save.yaml:23:9');
  await expect(mistakes).toContainText('rules[1].then.alert.severity');
  await expect(mistakes).toContainText('Allowed: warningcritical');
  await page.getByRole('link', { name: 'Card disputes' }).click();
  await expect(page.getByRole('textbox', { name: 'YAML' })).toHaveValue(/playbook: card-dispute/);
});

test('a change is checked as it is typed, and leads to its mistake', async ({ page, server }) => {
  await page.goto(`${server.url}/guidance/playbooks/card-dispute`);
  const field = page.getByRole('textbox', { name: 'YAML' });
  await expect(page.getByText('As it is live')).toBeVisible();
  const text = await field.inputValue();
  await field.fill(text.replace('severity: critical', 'severity: urgent'));
  await expect(page.getByText('1 mistake', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try' })).toBeDisabled();
  await page.getByRole('button', { name: /^Line \d+:\d+/ }).click();
  const marked = await field.evaluate((node) => {
    const { value, selectionStart, selectionEnd } = node as HTMLTextAreaElement;
    return value.slice(selectionStart, selectionEnd);
  });
  expect(marked).toBe('severity: urgent');
  await field.fill(text.replace('version: 4', 'version: 5'));
  await expect(page.getByText('No mistakes')).toBeVisible();
  await expect(page.getByText('To make it live, save it as')).toContainText('card-dispute.yaml');
});

test('a changed playbook is tried on stored calls, and its differences lead to the moments', async ({
  page,
  server,
}) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/guidance/playbooks/card-dispute`);
  const field = page.getByRole('textbox', { name: 'YAML' });
  await field.fill((await field.inputValue()).replace('charged * twice', 'twice'));
  await page.getByRole('combobox', { name: 'Calls of the last' }).selectOption('The last 30 days');
  await page.getByRole('button', { name: 'Try' }).click();
  await expect(page.getByText(/of 24 calls/)).toBeVisible();
  await expect(page.getByText('24 calls guided again')).toContainText('2 rules changed');
  const row = page.getByRole('row', { name: /^double-charge/ });
  await row.getByText('+2 would have fired, too').click();
  const link = row.getByRole('link', { name: 'past-5 at 00:38' });
  await expect(link).toHaveAttribute('href', '/calls/past-5?t=38600');
  await expect(page.getByRole('row', { name: /^code-spoken/ })).toContainText('−1');
  await expect(page.getByRole('row', { name: /^Recap/ })).toContainText('missed 13, now 8');
});

test('a trial can be stopped, and one that breaks off says so', async ({ page, server }) => {
  server.guidance.backtestEveryMs = 60_000;
  await page.goto(`${server.url}/guidance/playbooks/card-dispute`);
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Nothing is changed in the calls')).toBeVisible();
  server.guidance.backtestEveryMs = 5;
  server.guidance.backtest = server.guidance.backtest.slice(0, 2);
  await page.getByRole('button', { name: 'Try' }).click();
  await expect(page.getByText(/That did not work: The server stopped/)).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 1280]) {
    test(`axe finds nothing in guidance, ${colorScheme}, ${width} px`, async ({ page, server }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      const paths = [
        '/guidance',
        '/guidance/playbooks',
        '/guidance/playbooks/card-dispute',
        '/guidance/playbooks/none',
      ];
      for (const path of paths) {
        await page.goto(server.url + path);
        await expect(page.locator('main h1')).toBeVisible();
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<AxeResults>('axe.run()');
        expect(violations.map(({ id, nodes }) => [path, id, nodes[0]?.html])).toEqual([]);
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([path, widest]).toEqual([path, width]);
      }
    });
  }
}
