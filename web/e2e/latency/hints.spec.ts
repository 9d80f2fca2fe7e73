import type { CallSummary, Envelope } from '@trunkline/api-types';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { writeFileSync } from 'node:fs';

/**
 * From the last word that called for a card to the card on the screen of a real browser, over calls that a running
 * server carries in real time: see scripts/measure-hints.sh.
 */
const url = process.env.TRUNKLINE_URL ?? '';
/** When so many calls have ended, the measurement is over. */
const CALLS = Number(process.env.TRUNKLINE_CALLS ?? 3);
const OUTPUT = process.env.TRUNKLINE_OUTPUT ?? '';
const MAX_MINUTES = 40;

test.skip(url === '', 'TRUNKLINE_URL names no server');
test.setTimeout(MAX_MINUTES * 60_000);

/** What a desk saw: cards by their id, with the time of the frame that shows them. */
type Seen = Record<string, number>;
interface Measured {
  rule: string;
  model: boolean;
  ms: number;
}

/** Notes when a card is painted: after the frame in which it came into the page. */
function watchCards(): void {
  const seen: Record<string, number> = {};
  Object.assign(window, { trunklineSeen: seen });
  const look = (): void => {
    for (const card of document.querySelectorAll<HTMLElement>('[data-hint]')) {
      const id = card.dataset.hint ?? '';
      if (id in seen) continue;
      seen[id] = 0;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () =>
          void (seen[id] = performance.timeOrigin + performance.now());
        channel.port2.postMessage(null);
      });
    }
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
  });
}

async function calls(page: Page, state: string): Promise<CallSummary[]> {
  const answer = await page.request.get(`${url}/v1/calls?state=${state}&limit=200`);
  return ((await answer.json()) as { calls: CallSummary[] }).calls;
}

/** The log of a call, over the transport that needs no socket. */
async function log(page: Page, call: string): Promise<Envelope[]> {
  const events: Envelope[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const subscription = { type: 'subscribe', id: 's', topic: 'call', call_id: call, after };
    const answer = await page.request.post(`${url}/v1/subscribe/poll`, {
      data: { subscriptions: [subscription], wait_ms: 100 },
    });
    const { messages } = (await answer.json()) as {
      messages: { type: string; event?: Envelope }[];
    };
    const more = messages.flatMap(({ event }) => (event && event.seq > after ? [event] : []));
    events.push(...more);
    if (more.length === 0 || messages.some(({ type }) => type === 'caught_up')) return events;
  }
}

async function openDesk(context: BrowserContext, call: string): Promise<Page> {
  const desk = await context.newPage();
  await desk.addInitScript(watchCards);
  await desk.goto(`${url}/desk/${encodeURIComponent(call)}`);
  return desk;
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function table(name: string, measured: Measured[]): string {
  const sorted = measured.map(({ ms }) => ms).sort((a, b) => a - b);
  if (sorted.length === 0) return `${name}: no card`;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => Math.round(percentile(sorted, share)));
  const worst = Math.round(sorted.at(-1) ?? 0);
  return `${name}: ${sorted.length} cards, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, worst ${worst} ms`;
}

test('cards are on the screen soon after the words that call for them', async ({
  page,
  context,
}) => {
  const desks = new Map<string, Page>();
  const over = new Map<string, Seen>();
  while (over.size < CALLS) {
    for (const { call_id: call } of await calls(page, 'live'))
      if (!desks.has(call)) desks.set(call, await openDesk(context, call));
    for (const { call_id: call } of await calls(page, 'ended')) {
      const desk = desks.get(call);
      if (desk === undefined || over.has(call)) continue;
      over.set(
        call,
        await desk.evaluate(() => (window as unknown as { trunklineSeen: Seen }).trunklineSeen),
      );
      await desk.close();
    }
    await page.waitForTimeout(250);
  }

  const measured: Measured[] = [];
  let unseen = 0;
  for (const [call, seen] of over) {
    for (const { stages, type, data } of await log(page, call)) {
      if (type !== 'hint_shown' || stages.captured_us == null) continue;
      const at = seen[data.id];
      if (!at) unseen += 1;
      else
        measured.push({
          rule: data.rule,
          model: data.model != null,
          ms: at - stages.captured_us / 1_000,
        });
    }
  }
  const report = [
    table(
      'words -> card on the screen, rules and local models',
      measured.filter(({ model }) => !model),
    ),
    table(
      'words -> card on the screen, written by a language model',
      measured.filter(({ model }) => model),
    ),
    `cards that no desk showed: ${unseen}`,
  ].join('\n');
  process.stdout.write(`${report}\n`);
  if (OUTPUT !== '') writeFileSync(OUTPUT, JSON.stringify({ measured, unseen }, null, 2));
  expect(measured.length).toBeGreaterThan(0);
});
