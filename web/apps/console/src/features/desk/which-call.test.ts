import type { CallSummary } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { deskKeyOf, nextCall, ownCall } from './which-call.ts';

const call = (id: string, over: Partial<CallSummary>): CallSummary => ({
  call_id: id,
  contact_id: `contact-${id}`,
  started_at_ms: 1,
  state: 'live',
  on_hold: false,
  utterances: 0,
  masks: 0,
  gaps: 0,
  has_recording: false,
  quarantined: false,
  open_findings: 0,
  legal_hold: false,
  seq: 1,
  position: 1,
  ...over,
});
const calls = [
  call('old', { agent_id: 'dana', started_at_ms: 5 }),
  call('new', { agent_id: 'Dana', started_at_ms: 9 }),
  call('over', { agent_id: 'dana', started_at_ms: 20, state: 'ended' }),
  call('milo', { agent: 'Milo K.', started_at_ms: 30 }),
];
const view = { position: 1, byId: new Map(calls.map((one) => [one.call_id, one])) };
const me = { name: 'Dana', role: 'agent' as const, agent: 'dana', tenant: 'local' };
const key = (query: string, who: typeof me | null = null) =>
  deskKeyOf(new URLSearchParams(query), who);

test('the address says whose desk it is, then who is signed in', () => {
  expect(key('contact=c-1&agent=milo', me)).toEqual({ contactId: 'c-1' });
  expect(key('agent=milo', me)).toEqual({ agent: 'milo' });
  expect(key('', me)).toEqual({ agent: 'dana' });
  expect(key('')).toBeNull();
});

test('a desk shows its own newest live call', () => {
  expect(ownCall(view, { agent: 'dana' })?.call_id).toBe('new');
  expect(ownCall(view, { agent: 'milo k.' })?.call_id).toBe('milo');
  expect(ownCall(view, { contactId: 'contact-old' })?.call_id).toBe('old');
  expect(ownCall(view, { agent: 'nobody' })).toBeNull();
  expect(ownCall(view, null)).toBeNull();
});

test('another live call of the same agent waits as the next', () => {
  expect(nextCall(view, { agent: 'dana' }, 'over')?.call_id).toBe('new');
  expect(nextCall(view, { agent: 'dana' }, 'new')?.call_id).toBe('old');
  expect(nextCall(view, { contactId: 'contact-old' }, 'old')).toBeNull();
});
