import type { Frame, Page } from '@playwright/test';
import { test as base } from './fixture.ts';
import { expect } from './fixture.ts';
import { MockConnect } from '../mock/connect.ts';
import { begin } from '../mock/scenes.ts';

const test = base.extend<{ connect: MockConnect }>({
  // eslint-disable-next-line no-empty-pattern
  connect: async ({}, use) => {
    const connect = await MockConnect.start();
    await use(connect);
    await connect.stop();
  },
});

interface ShownContact {
  id: string;
  initial?: string;
  state: 'connecting' | 'connected' | 'ended';
  type?: 'voice' | 'chat';
}

/** The frame of Amazon's side, once it talks. */
async function softphoneOf(page: Page): Promise<Frame> {
  const frame = () => page.frames().find((one) => one.url().includes('/ccp-v2'));
  await expect.poll(() => frame()?.evaluate('heard.includes("configure")')).toBe(true);
  const found = frame();
  if (found === undefined) throw new Error('no softphone');
  return found;
}

const showContacts = (frame: Frame, contacts: ShownContact[]) =>
  frame.evaluate(`showContacts(${JSON.stringify(contacts)})`);

test('the contact that the softphone connects is the call on the desk beside it', async ({
  page,
  server,
  connect,
}) => {
  server.frames = [connect.origin];
  begin(server, 'one', { contact_id: 'contact-1', customer: '•••0001' });
  begin(server, 'two', { contact_id: 'contact-2', customer: '•••0002' });
  const ccpUrl = encodeURIComponent(`${connect.origin}/ccp-v2`);
  await page.goto(`${server.url}/ccp?ccpUrl=${ccpUrl}`);
  await expect(page.getByRole('heading', { name: 'Ready for the next call' })).toBeVisible();
  const softphone = await softphoneOf(page);
  await showContacts(softphone, [
    { id: 'chat-9', state: 'connected', type: 'chat' },
    { id: 'contact-1', state: 'connecting' },
  ]);
  await expect(page.getByRole('heading', { name: 'Ready for the next call' })).toBeVisible();
  await showContacts(softphone, [{ id: 'contact-1', state: 'connected' }]);
  await expect(page.getByRole('heading', { name: '•••0001' })).toBeVisible();
  server.log('one', { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 9000 } });
  await showContacts(softphone, []);
  await expect(page.getByRole('heading', { name: 'Summary' })).toBeVisible();
  await showContacts(softphone, [{ id: 'contact-2', state: 'connected' }]);
  await expect(page.getByRole('heading', { name: '•••0002' })).toBeVisible();
});

test('a transferred contact finds the call with which it began, and one that is over is found, too', async ({
  page,
  server,
  connect,
}) => {
  server.frames = [connect.origin];
  begin(server, 'first', { contact_id: 'contact-1', customer: '•••0001' });
  server.log('first', { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 9000 } });
  const ccpUrl = encodeURIComponent(`${connect.origin}/ccp-v2`);
  await page.goto(`${server.url}/ccp?ccpUrl=${ccpUrl}`);
  const softphone = await softphoneOf(page);
  await showContacts(softphone, [{ id: 'transferred', initial: 'contact-1', state: 'ended' }]);
  await expect(page.getByRole('heading', { name: '•••0001' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Summary' })).toBeVisible();
});

test('without an address the page asks for it, and takes no other than a softphone’s', async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/ccp?ccpUrl=javascript:alert(1)`);
  await expect(page.getByText('Approved origins')).toContainText(server.url);
  const field = page.getByLabel('Address of your Contact Control Panel');
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByText('A softphone is only reached over https://')).toBeVisible();
  await field.fill('https://acme.my.connect.aws/ccp-v2/');
  await page.route('https://acme.my.connect.aws/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(page).toHaveURL(/ccpUrl=https%3A%2F%2Facme/);
  await expect(page.locator('iframe')).toHaveAttribute(
    'src',
    'https://acme.my.connect.aws/ccp-v2/',
  );
});

test('an app of the agent workspace shows the call of its contact', async ({
  page,
  server,
  connect,
}) => {
  server.framedBy = [connect.origin];
  begin(server, 'one', { contact_id: 'contact-1', customer: '•••0001' });
  begin(server, 'two', { contact_id: 'contact-2', customer: '•••0002' });
  const app = encodeURIComponent(`${server.url}/workspace`);
  await page.goto(`${connect.origin}/agent-app?app=${app}`);
  await expect.poll(() => page.evaluate('isReady()')).toBe(true);
  await page.evaluate('openFor("contact-1")');
  const desk = page.frameLocator('iframe');
  await expect(desk.getByRole('heading', { name: '•••0001' })).toBeVisible();
  await expect.poll(() => page.evaluate('heard')).toContain('appLifecycleHandlerCompleted');
  await page.evaluate('connected("contact-2")');
  await expect(desk.getByRole('heading', { name: '•••0002' })).toBeVisible();
});

test('in the workspace a transferred contact finds its call by where it began', async ({
  page,
  server,
  connect,
}) => {
  server.framedBy = [connect.origin];
  begin(server, 'one', { contact_id: 'contact-1', customer: '•••0001' });
  const app = encodeURIComponent(`${server.url}/workspace`);
  await page.goto(`${connect.origin}/agent-app?initial=contact-1&app=${app}`);
  await expect.poll(() => page.evaluate('isReady()')).toBe(true);
  await page.evaluate('openFor("transferred")');
  await expect(page.frameLocator('iframe').getByRole('heading', { name: '•••0001' })).toBeVisible();
});

test('nobody else may frame the desk', async ({ page, server, connect, complaints }) => {
  const app = encodeURIComponent(`${server.url}/desk?embed=1`);
  const refused = page.waitForEvent('console', (message) =>
    message.text().includes('frame-ancestors'),
  );
  await page.goto(`${connect.origin}/agent-app?app=${app}`);
  await refused;
  complaints.length = 0;
});

test('the pages of a console that nobody opens from Connect load none of Amazon’s libraries', async ({
  page,
  server,
}) => {
  const scripts: string[] = [];
  page.on('request', (request) => scripts.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/desk`);
  await expect(page.getByRole('heading', { name: 'No calls now' })).toBeVisible();
  expect(scripts.filter((path) => /ccp-page|workspace-page/.test(path))).toEqual([]);
});
