import type { RuleStatistics } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { byUse, judge, share } from './usefulness.ts';

const rule = (over: Partial<RuleStatistics>): RuleStatistics => ({
  playbook: 'p',
  version: 1,
  rule: 'r',
  kind: 'standard',
  shown: 0,
  expanded: 0,
  accepted: 0,
  dismissed: 0,
  said: 0,
  expired: 0,
  withdrawn: 0,
  accepted_not_said: 0,
  ...over,
});

test('a rule is judged only by enough cards', () => {
  expect(judge(rule({}))).toBe('never');
  expect(judge(rule({ shown: 4, dismissed: 4 }))).toBeNull();
  expect(judge(rule({ shown: 20, dismissed: 11 }))).toBe('in-the-way');
  expect(judge(rule({ shown: 40, accepted: 20, accepted_not_said: 15 }))).toBe('clicked-not-said');
  expect(judge(rule({ shown: 40, accepted: 20, accepted_not_said: 2 }))).toBeNull();
});

test('the most shown rules come first, and nothing has no share', () => {
  const rules = byUse([rule({ rule: 'b' }), rule({ rule: 'a' }), rule({ rule: 'c', shown: 3 })]);
  expect(rules.map((one) => one.rule)).toEqual(['c', 'a', 'b']);
  expect([share(1, 3), share(1, 0)]).toEqual(['33 %', '–']);
});
