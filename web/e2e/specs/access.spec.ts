import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { populate } from '../mock/scenes.ts';
import { expect, test } from './fixture.ts';

const PATHS = [
  '/',
  '/calls',
  '/desk',
  '/desk/card-live',
  '/guidance',
  '/guidance/playbooks',
  '/ccp',
  '/calls/card-live',
  '/calls/past-1',
  '/calls/past-broken',
  '/review',
  '/capture',
  '/health',
  '/nowhere',
];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 1280]) {
    test(`axe finds nothing, ${colorScheme}, ${width} px`, async ({ page, server }) => {
      populate(server, { isPlaying: false });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      for (const path of PATHS) {
        await page.goto(server.url + path);
        await expect(page.locator('main h1')).toBeVisible();
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<AxeResults>('axe.run()');
        expect(violations.map(({ id, nodes }) => [path, id, nodes[0]?.html])).toEqual([]);
      }
    });
  }
}

test('nothing is wider than a side panel of 320 px', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.setViewportSize({ width: 320, height: 700 });
  for (const path of PATHS) {
    await page.goto(server.url + path);
    await expect(page.locator('main h1')).toBeVisible();
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    expect([path, widest]).toEqual([path, 320]);
  }
});

test('the page asks nobody but its own server', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  for (const path of PATHS) await page.goto(server.url + path);
  expect([...origins]).toEqual([server.url]);
});
