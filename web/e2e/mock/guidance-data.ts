import type { GuidanceStatistics, KnowledgePassage, RuleStatistics } from '@trunkline/api-types';

export const passages: KnowledgePassage[] = [
  {
    document: 'cards/disputes.md',
    title: 'Card disputes',
    heading: 'Duplicate charges',
    text: 'A charge that was made twice by mistake is reversed at once. The customer sees the money within three working days. No form is needed below 500.',
    score: 0.83,
    meaning: 0.83,
  },
  {
    document: 'cards/fees.pdf',
    title: 'Fees and charges',
    heading: 'Foreign currency',
    text: 'A charge in another currency costs 1.5 percent, and is shown in a line of its own.',
    score: 0.61,
    meaning: 0,
  },
];

const rule = (over: Partial<RuleStatistics> & Pick<RuleStatistics, 'rule'>): RuleStatistics => ({
  playbook: 'card-dispute',
  version: 4,
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

export const statistics: GuidanceStatistics = {
  from_ms: Date.UTC(2026, 8, 8),
  to_ms: Date.UTC(2026, 8, 15),
  calls: 212,
  rules: [
    rule({
      rule: 'code-spoken',
      kind: 'compliance',
      shown: 64,
      expanded: 3,
      accepted: 41,
      said: 52,
      dismissed: 4,
      expired: 7,
      accepted_not_said: 5,
    }),
    rule({
      rule: 'double-charge',
      kind: 'knowledge',
      shown: 118,
      expanded: 47,
      accepted: 70,
      said: 61,
      dismissed: 22,
      expired: 19,
      withdrawn: 4,
      accepted_not_said: 21,
    }),
    rule({
      rule: 'upsell',
      version: 3,
      shown: 90,
      accepted: 4,
      said: 2,
      dismissed: 71,
      expired: 15,
      accepted_not_said: 3,
    }),
    rule({ rule: 'reset-router', playbook: 'triage', version: 2, kind: 'workflow' }),
  ],
};

export const cardPlaybookYaml = `playbook: card-dispute
version: 4
title: Card disputes
applies:
  queues: [Cards]
rules:
  - id: double-charge
    title: The customer was charged twice
    when:
      says:
        who: customer
        any_of: ["charged * twice", "double charge~"]
    then:
      - answer:
          title: Duplicate charges
  - id: code-spoken
    title: The security code was said aloud
    when:
      masked:
        who: customer
        kinds: [cvv]
    then:
      - alert:
          kind: compliance
          severity: critical
          title: Security code was spoken
checklist:
  - id: greet
    title: Greet by name
    required: true
`;

export const triagePlaybookYaml = `playbook: triage
version: 2
title: Technical triage
rules: []
`;
