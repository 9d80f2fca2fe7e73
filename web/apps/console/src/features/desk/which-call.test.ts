import { expect, test } from 'vitest';
import { callRow } from '../../testing.ts';
import { deskKeyOf, nextCall, ownCall } from './which-call.ts';

const calls = [
  callRow('old', { agent_id: 'dana', started_at_ms: 5 }),
  callRow('new', { agent_id: 'Dana', started_at_ms: 9 }),
  callRow('over', { agent_id: 'dana', started_at_ms: 20, state: 'ended' }),
  callRow('milo', { agent: 'Milo K.', started_at_ms: 30 }),
];
const view = { position: 1, byId: new Map(calls.map((one) => [one.call_id, one])) };
const me = { name: 'Dana', role: 'agent' as const, agent: 'dana', tenant: 'local' };
const key = (query: string, who: typeof me | null = null) =>
  deskKeyOf(new URLSearchParams(query), who);

test('the address says whose desk it is, then who is signed in', () => {
  expect(key('contact=c-1&agent=milo', me)).toEqual({ contactIds: ['c-1'] });
  expect(key('agent=milo', me)).toEqual({ agent: 'milo' });
  expect(key('', me)).toEqual({ agent: 'dana' });
  expect(key('')).toBeNull();
});

test('a desk shows its own newest live call', () => {
  expect(ownCall(view, { agent: 'dana' })?.call_id).toBe('new');
  expect(ownCall(view, { agent: 'milo k.' })?.call_id).toBe('milo');
  expect(ownCall(view, { contactIds: ['elsewhere', 'contact-old'] })?.call_id).toBe('old');
  expect(ownCall(view, { agent: 'nobody' })).toBeNull();
  expect(ownCall(view, null)).toBeNull();
});

test('another live call of the same agent waits as the next', () => {
  expect(nextCall(view, { agent: 'dana' }, 'over')?.call_id).toBe('new');
  expect(nextCall(view, { agent: 'dana' }, 'new')?.call_id).toBe('old');
  expect(nextCall(view, { contactIds: ['elsewhere', 'contact-old'] }, 'old')).toBeNull();
});
