import type { RuleStatistics } from '@trunkline/client/console';

/** A rule that is put away more often than this, of enough cards to tell, is in the way. */
const MOSTLY = 0.5;
const ENOUGH = 10;

export type Judgement = 'never' | 'in-the-way' | 'clicked-not-said' | null;

/** What the numbers say of a rule that somebody should look at. */
export function judge(rule: RuleStatistics): Judgement {
  if (rule.shown === 0) return 'never';
  if (rule.shown < ENOUGH) return null;
  if (rule.dismissed / rule.shown > MOSTLY) return 'in-the-way';
  return rule.accepted >= ENOUGH && rule.accepted_not_said / rule.accepted > MOSTLY
    ? 'clicked-not-said'
    : null;
}

/** The rules that are shown most first; a rule's newer version before its older. */
export function byUse(rules: readonly RuleStatistics[]): RuleStatistics[] {
  return rules.toSorted(
    (a, b) =>
      b.shown - a.shown ||
      a.playbook.localeCompare(b.playbook) ||
      a.rule.localeCompare(b.rule) ||
      b.version - a.version,
  );
}

/** A share in percent; a dash when there is nothing to have a share of. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`;
}
