import type { CallList } from '@trunkline/api-types';
import type { Page } from '@playwright/test';
import { test } from '@playwright/test';
import { join } from 'node:path';

/** Pictures of a running server's own calls: `TRUNKLINE_URL=… npm run screenshots`. */
const url = process.env.TRUNKLINE_URL ?? '';
const folder = process.env.SCREENSHOTS ?? join(import.meta.dirname, '../../../docs/screenshots');

test.skip(url === '', 'TRUNKLINE_URL names no server');
test.use({ viewport: { width: 1280, height: 800 } });

async function firstCall(page: Page, state: 'live' | 'ended'): Promise<string | null> {
  const response = await page.request.get(`${url}/v1/calls?state=${state}&limit=20`);
  const { calls } = (await response.json()) as CallList;
  const most = calls.toSorted((a, b) => b.masks - a.masks || b.utterances - a.utterances)[0];
  return most?.call_id ?? null;
}

async function shoot(page: Page, path: string, name: string): Promise<void> {
  await page.goto(url + path);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(folder, `real-${name}.png`) });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a real server, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await shoot(page, '/', `live-${colorScheme}`);
    await shoot(page, '/calls?state=all', `calls-${colorScheme}`);
    await shoot(page, '/health', `health-${colorScheme}`);
    for (const state of ['live', 'ended'] as const) {
      const callId = await firstCall(page, state);
      if (callId !== null) await shoot(page, `/calls/${callId}`, `call-${state}-${colorScheme}`);
    }
  });
}
