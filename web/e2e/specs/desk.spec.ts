import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { complianceCard, guidanceStarted, knowledgeCard } from '../mock/guidance-scene.ts';
import { begin, playUpTo, populate } from '../mock/scenes.ts';
import { utteranceOf } from '../mock/script.ts';
import type { MockServer } from '../mock/server.ts';
import { expect, test } from './fixture.ts';

/** Dana's call about the card, 26 s old: a card is on show, an alert is open, one item was missed. */
function cardCall(server: MockServer): string {
  playUpTo(server, 'card', server.nowMs() - 26_000, 26_000);
  return `${server.url}/desk/card`;
}

/** Opens a desk; keys count from its first picture on. */
async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.locator('main h1')).toBeVisible();
}

const card = (page: Page) => page.getByRole('region', { name: 'Suggestion' });
const acts = (server: MockServer) => server.guidance.acts.map(({ type, data }) => ({ type, data }));

test('the desk of an agent finds its call by itself, and the next one waits until it is taken', async ({
  page,
  server,
}) => {
  server.guidance.whoami = { name: 'Dana', role: 'agent', agent: 'dana', tenant: 'local' };
  await page.goto(`${server.url}/desk?embed=1`);
  await expect(page.getByRole('heading', { name: 'Ready for the next call' })).toBeVisible();
  cardCall(server);
  await expect(page.getByRole('heading', { name: '•••0134' })).toBeVisible();
  await expect(page.getByRole('navigation')).toHaveCount(0);
  server.log('card', { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 26_000 } });
  await expect(page.getByRole('heading', { name: 'Summary' })).toBeVisible();
  begin(server, 'second', { customer: '•••7777' });
  server.log('second', {
    type: 'agent_connected',
    data: { id: 'dana', name: 'Dana R.', at_ms: 1 },
  });
  await expect(page.getByText('The next call waits')).toContainText('•••7777');
  await expect(page.getByRole('heading', { name: '•••0134' })).toBeVisible();
  await page.getByRole('link', { name: 'Take it' }).click();
  await expect(page.getByRole('heading', { name: '•••7777' })).toBeVisible();
});

test('a contact in the address ties the desk to its call', async ({ page, server }) => {
  begin(server, 'other', { customer: '•••1111' });
  await page.goto(`${server.url}/desk?contact=contact-9`);
  await expect(page.getByText('Nothing is heard yet of contact')).toBeVisible();
  begin(server, 'mine', { contact_id: 'contact-9', customer: '•••9999' });
  await expect(page.getByRole('heading', { name: '•••9999' })).toBeVisible();
});

test('who cannot be told picks a call', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/desk`);
  await page.getByRole('link', { name: /•••0134/ }).click();
  await expect(page.getByText('Stop the security code').first()).toBeVisible();
});

test('one glance: who and why, the last words, one card, one alert, the checklist', async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await open(page, cardCall(server));
  await expect(page.locator('main header')).toContainText('Cards');
  await expect(page.getByRole('region', { name: /last words/ })).toContainText(
    'Sure, it is [card]',
  );
  await expect(card(page)).toContainText('Please keep that code to yourself.');
  await expect(page.getByText('Security code was spoken')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Checklist 2/5' })).toBeVisible();
  await expect(
    page.getByRole('checkbox', { name: 'Verify who is calling: not done in time, required' }),
  ).toBeVisible();
  const box = await card(page).boundingBox();
  expect(box !== null && box.y + box.height < 700).toBe(true);
});

test('a card is used, dismissed, looked into and brought back by keys alone', async ({
  page,
  server,
}) => {
  await open(page, cardCall(server));
  await expect(card(page)).toContainText('Stop the security code');
  await page.keyboard.press('n');
  await expect(card(page)).toContainText('earlier, 00:15');
  await page.keyboard.press('e');
  await expect(card(page).getByRole('blockquote')).toContainText('reversed at once');
  await page.keyboard.press('Escape');
  await expect(card(page)).toContainText('Stop the security code');
  await page.keyboard.press('Escape');
  await expect(card(page)).toContainText('No suggestion now.');
  server.log('card', { type: 'hint_shown', data: { ...knowledgeCard, id: 'h-9', at_ms: 25_000 } });
  await expect(card(page)).toContainText('Duplicate charges are reversed at once');
  await page.keyboard.press('Enter');
  await expect(card(page)).toContainText('No suggestion now.');
  await expect
    .poll(() => acts(server))
    .toEqual([
      { type: 'hint', data: { id: 'h-1', outcome: 'expanded' } },
      { type: 'hint', data: { id: 'h-2', outcome: 'dismissed' } },
      { type: 'hint', data: { id: 'h-9', outcome: 'accepted' } },
    ]);
});

test('suggestions are muted and come again', async ({ page, server }) => {
  await open(page, cardCall(server));
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  await expect(card(page)).toContainText('You muted suggestions.');
  await page.keyboard.press('m');
  await expect(card(page)).toContainText('No suggestion now.');
  expect(acts(server).filter(({ type }) => type === 'mute')).toHaveLength(2);
});

test('a new card never takes the focus, and is the only thing that is announced', async ({
  page,
  server,
}) => {
  begin(server, 'card');
  server.log('card', guidanceStarted);
  await open(page, `${server.url}/desk/card`);
  const field = page.getByRole('textbox', { name: 'Search in the documents' });
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('an');
  server.log('card', {
    type: 'hint_shown',
    data: { ...complianceCard, at_ms: 0, utterance: null },
  });
  await expect(card(page)).toContainText('Stop the security code');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('an');
  const regions = page.locator('main [aria-live]');
  await expect(regions).toHaveCount(1);
  await expect(regions).toHaveText(/^Stop the security code\. Please keep/);
});

test('search shows passages and an answer with its source', async ({ page, server }) => {
  await open(page, cardCall(server));
  await page.keyboard.press('/');
  await page.keyboard.type('charged twice');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Worded by local-7b, from Card disputes')).toBeVisible();
  await expect(page.getByText('cards/disputes.md')).toBeVisible();
  await page.getByRole('textbox', { name: 'Search in the documents' }).fill('zebra');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Nothing in the documents says that.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('t');
  await expect(page.getByRole('list', { name: 'Transcript' })).toBeVisible();
});

test('the sentence that ticked an item leads into the transcript, and items are ticked by hand', async ({
  page,
  server,
}) => {
  await open(page, cardCall(server));
  await page.getByRole('button', { name: /Good afternoon, this is Dana/ }).click();
  await expect(page.locator('[data-found]')).toContainText('Good afternoon, this is Dana');
  await page.getByRole('checkbox', { name: /Recap/ }).click();
  await expect(page.getByRole('checkbox', { name: /Recap/ })).toBeChecked();
  await page.getByRole('button', { name: 'Reverse the second one' }).click();
  await expect(page.getByText('I am reversing the second charge.')).toBeVisible();
  await page.getByRole('button', { name: 'Leave these steps' }).click();
  await expect(page.getByRole('heading', { name: 'Reverse a charge' })).toHaveCount(0);
});

test('a message of a supervisor stays until it was read', async ({ page, server }) => {
  await open(page, cardCall(server));
  const message = page.getByRole('region', { name: 'Message' });
  server.log('card', {
    type: 'message_sent',
    data: { id: 'm-1', from: 'Ann', text: 'Offer the refund now.', at_ms: 25_500 },
  });
  await expect(message).toContainText('Offer the refund now.');
  await message.getByRole('button', { name: 'Got it' }).click();
  await expect(message).toHaveCount(0);
});

test('after the call the summary is corrected, wrapped up and kept', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await open(page, `${server.url}/desk/past-1`);
  const done = page.getByRole('textbox', { name: 'What was done' });
  await expect(done).toHaveValue(/^Thanks for waiting/);
  await done.fill(
    'Thanks for waiting. The second charge is reversed, you will see it within three days.\nNo form needed.',
  );
  await page.getByRole('combobox', { name: 'Disposition' }).selectOption('Dispute opened');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByText('Corrected by Local.')).toBeVisible();
  await expect(page.getByText('Required and not done: Verify who is calling')).toBeVisible();
  const [act] = server.guidance.acts;
  expect(act?.type).toBe('summary');
  expect(act?.data).toMatchObject({
    sections: [
      { id: 'reason' },
      { points: [{ utterance: 't-44000' }, { text: 'No form needed.' }] },
    ],
    disposition: { code: 'dispute' },
  });
});

test('what was typed stays when a newer summary comes', async ({ page, server }) => {
  populate(server, { isPlaying: false });
  await open(page, `${server.url}/desk/past-1`);
  const todo = page.getByRole('textbox', { name: 'To do' });
  await todo.fill('Mine.');
  server.log('past-1', {
    type: 'summary_written',
    data: {
      complete: true,
      source: 'model',
      by: 'local-7b',
      sections: [],
      actions: [{ text: 'The model’s.' }],
      at_ms: 61_000,
    },
  });
  await expect(page.getByText('A newer summary is there.')).toBeVisible();
  await expect(todo).toHaveValue('Mine.');
  await page.getByRole('button', { name: 'Take it instead' }).click();
  await expect(todo).toHaveValue('The model’s.');
});

test('what callers, documents and models say is text', async ({ page, server }) => {
  const bad = '<img src=x onerror="document.title=\'owned\'"><b>bold</b>';
  begin(server, 'bad', { customer: bad, queue: bad });
  server.log('bad', guidanceStarted);
  server.log('bad', { type: 'utterance_completed', data: utteranceOf(['customer', 10, bad]) });
  server.log('bad', { type: 'message_sent', data: { id: 'm', from: bad, text: bad, at_ms: 5 } });
  server.log('bad', {
    type: 'hint_shown',
    data: {
      ...knowledgeCard,
      title: bad,
      why: bad,
      suggestion: bad,
      source: { document: bad, title: bad, heading: bad, passage: bad },
      at_ms: 0,
    },
  });
  await open(page, `${server.url}/desk/bad`);
  await page.keyboard.press('e');
  await expect(card(page).getByRole('blockquote')).toContainText('<img src=x');
  await expect(page.locator('main img, main b')).toHaveCount(0);
  expect(await page.title()).not.toContain('owned');
});

test('an act that is refused is said, and the card is still there', async ({ page, server }) => {
  await open(page, cardCall(server));
  await expect(card(page)).toContainText('Stop the security code');
  server.guidance.refusal = { status: 403, code: 'forbidden', title: 'This call is not yours' };
  await page.keyboard.press('a');
  await expect(page.getByText('This call is not yours.')).toBeVisible();
  await expect(card(page)).toContainText('Stop the security code');
});

test('while the server is away the desk says so, and then catches up', async ({ page, server }) => {
  await open(page, cardCall(server));
  await expect(card(page)).toContainText('Stop the security code');
  server.isDown = true;
  server.dropSockets();
  await expect(page.getByText(/No news since/)).toBeVisible();
  await expect(card(page)).toContainText('Stop the security code');
  server.isDown = false;
  server.log('card', {
    type: 'hint_changed',
    data: { id: 'h-2', rule: 'code-spoken', outcome: 'withdrawn', at_ms: 27_000 },
  });
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(card(page)).toContainText('No suggestion now.');
  await expect(page.getByText(/No news since/)).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [320, 700],
    [640, 400],
    [1280, 800],
  ] as const) {
    test(`axe finds nothing on the desk, ${colorScheme}, ${width} px`, async ({ page, server }) => {
      populate(server, { isPlaying: false });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      for (const path of ['/desk/card-live', '/desk/past-1', '/desk', '/desk?agent=bob&embed=1']) {
        await page.goto(server.url + path);
        await expect(page.locator('main h1')).toBeVisible();
        await page.keyboard.press('t');
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<AxeResults>('axe.run()');
        expect(violations.map(({ id, nodes }) => [path, id, nodes[0]?.html])).toEqual([]);
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([path, widest]).toEqual([path, width]);
      }
    });
  }
}
