import type { FindingRule } from '@trunkline/client/console';

const NAMES: Record<FindingRule, string> = {
  unaccounted: 'Words and sound disagree',
  second_pass: 'Found by a second look',
  heard_again: 'Heard in the masked sound',
  sound_in_mask: 'Something sounds in a mask',
  not_checked: 'Could not be checked',
};

const MEANINGS: Record<FindingRule, string> = {
  unaccounted:
    'A masked stretch of the transcript has no tone in the recording, or a tone has no masked words.',
  second_pass:
    'A second pass over the whole call, more suspicious than the first, found words that may be sensitive and are not masked.',
  heard_again:
    'The redacted recording was recognised once more, and words that should not be heard came out.',
  sound_in_mask: 'Where only the tone should be, there is something else.',
  not_checked: 'One of the checks could not be made, so nobody can say that nothing is left.',
};

export function ruleName(rule: FindingRule): string {
  return (NAMES as Partial<Record<string, string>>)[rule] ?? rule;
}

export function ruleMeaning(rule: FindingRule): string {
  return (MEANINGS as Partial<Record<string, string>>)[rule] ?? '';
}
