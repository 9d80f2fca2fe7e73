import type { CallMetrics, Event, HintShown, PlaybookOutline } from '@trunkline/api-types';
import type { Step } from './script.ts';

/** What guides the call about the card. */
export const cardPlaybook: PlaybookOutline = {
  id: 'card-dispute',
  version: 4,
  digest: 'b3c1f02a9d7e',
  title: 'Card disputes',
  checklist: [
    { id: 'greet', title: 'Greet by name', required: true, by_ms: 15_000 },
    { id: 'empathy', title: 'Say that you are sorry' },
    { id: 'verify', title: 'Verify who is calling', required: true, by_ms: 20_000 },
    { id: 'hold', title: 'Ask before a hold' },
    { id: 'recap', title: 'Recap what happens next', required: true },
  ],
  workflows: [
    {
      id: 'reversal',
      title: 'Reverse a charge',
      steps: [
        { id: 'find', title: 'Find both charges' },
        {
          id: 'reverse',
          title: 'Reverse the second one',
          say: 'I am reversing the second charge.',
        },
        { id: 'confirm', title: 'Tell when the money is back' },
      ],
    },
  ],
  dispositions: [
    { code: 'refund', title: 'Refund given' },
    { code: 'dispute', title: 'Dispute opened' },
    { code: 'info', title: 'Information only' },
  ],
};

const card = (over: Partial<HintShown> & Pick<HintShown, 'id' | 'at_ms' | 'title'>): HintShown => ({
  playbook: 'card-dispute',
  version: 4,
  rule: 'rule',
  kind: 'standard',
  why: '',
  priority: 50,
  life_ms: 30_000,
  ...over,
});

export const knowledgeCard = card({
  id: 'h-1',
  rule: 'double-charge',
  kind: 'knowledge',
  title: 'Duplicate charges are reversed at once',
  why: 'The customer says that they were charged twice',
  suggestion: 'I can reverse the second charge right now. You will see it within three days.',
  source: {
    document: 'cards/disputes.md',
    title: 'Card disputes',
    heading: 'Duplicate charges',
    passage:
      'A charge that was made twice by mistake is reversed at once. The customer sees the money within three working days. No form is needed below 500.',
  },
  utterance: 'c-9000',
  topic: 'refund',
  at_ms: 15_100,
});

export const complianceCard = card({
  id: 'h-2',
  rule: 'code-spoken',
  kind: 'compliance',
  title: 'Stop the security code',
  why: 'The customer began to say the code on the back of the card',
  suggestion: 'Please keep that code to yourself. I never need it.',
  utterance: 'c-21800',
  topic: 'code',
  priority: 90,
  at_ms: 24_200,
});

export function metricsAt(at_ms: number, sentiment: number, silenceMs = 0): CallMetrics {
  return {
    at_ms,
    agent: {
      talk_ms: Math.round(at_ms * 0.38),
      words_per_minute: 148,
      interruptions: 1,
      sentiment: 0.3,
    },
    customer: {
      talk_ms: Math.round(at_ms * 0.31),
      words_per_minute: 171,
      interruptions: 0,
      sentiment,
    },
    talk_over_ms: 900,
    silence_ms: Math.round(at_ms * 0.12),
    current_silence_ms: silenceMs,
    hold_ms: 0,
    longest_hold_ms: 0,
  };
}

export const guidanceStarted: Event = {
  type: 'guidance_started',
  data: { playbooks: [cardPlaybook] },
};

export function ticked(item: string, utterance: string, at_ms: number): Event {
  return {
    type: 'checklist_changed',
    data: { playbook: 'card-dispute', item, state: 'done', utterance, at_ms },
  };
}

export function missed(item: string, at_ms: number): Event {
  return {
    type: 'checklist_changed',
    data: { playbook: 'card-dispute', item, state: 'missed', at_ms },
  };
}

export function outcome(
  hint: HintShown,
  what: 'accepted' | 'dismissed' | 'said' | 'expired' | 'withdrawn',
  at_ms: number,
): Event {
  return { type: 'hint_changed', data: { id: hint.id, rule: hint.rule, outcome: what, at_ms } };
}

export const securityAlert: Event = {
  type: 'alert_raised',
  data: {
    id: 'a-1',
    playbook: 'card-dispute',
    rule: 'code-spoken',
    kind: 'compliance',
    severity: 'critical',
    title: 'Security code was spoken',
    utterance: 'c-21800',
    at_ms: 24_200,
  },
};

export const wholeSummary: Event = {
  type: 'summary_written',
  data: {
    complete: true,
    source: 'extracted',
    fallback: 'model_timeout',
    sections: [
      { id: 'reason', title: 'Why they called', points: [{ utterance: 'c-9000' }] },
      {
        id: 'done',
        title: 'What was done',
        points: [{ utterance: 't-44000' }, { utterance: 'c-50200' }],
      },
    ],
    actions: [{ text: 'Send a text when the reversal is booked.' }],
    disposition: { code: 'refund', title: 'Refund given' },
    at_ms: 61_000,
  },
};

const sentiments: [number, number][] = [
  [5000, 0.1],
  [10_000, -0.2],
  [15_000, -0.45],
  [20_000, -0.35],
  [25_000, -0.3],
  [30_000, -0.1],
  [40_000, -0.5],
  [46_000, 0.1],
  [52_000, 0.55],
  [59_000, 0.7],
];

/** What guidance says in the call about the card. */
export const cardGuidance: Step[] = [
  { atMs: 10, event: guidanceStarted },
  ...sentiments.map(([atMs, value]): Step => ({
    atMs,
    event: { type: 'metrics_sampled', data: metricsAt(atMs, value) },
  })),
  { atMs: 8200, event: ticked('greet', 't-4500', 8200) },
  { atMs: 15_100, event: { type: 'hint_shown', data: knowledgeCard } },
  {
    atMs: 16_000,
    event: {
      type: 'workflow_changed',
      data: {
        playbook: 'card-dispute',
        workflow: 'reversal',
        state: 'running',
        step: 'find',
        at_ms: 16_000,
      },
    },
  },
  { atMs: 17_900, event: outcome(knowledgeCard, 'accepted', 17_900) },
  { atMs: 20_900, event: ticked('empathy', 't-15200', 20_900) },
  { atMs: 24_100, event: missed('verify', 24_100) },
  { atMs: 24_200, event: securityAlert },
  { atMs: 24_210, event: { type: 'hint_shown', data: complianceCard } },
  { atMs: 26_900, event: outcome(complianceCard, 'said', 26_900) },
  {
    atMs: 30_000,
    event: { type: 'alert_cleared', data: { id: 'a-1', at_ms: 30_000 } },
  },
  { atMs: 35_000, event: ticked('hold', 't-29800', 35_000) },
  {
    atMs: 49_000,
    event: {
      type: 'workflow_changed',
      data: { playbook: 'card-dispute', workflow: 'reversal', state: 'done', at_ms: 49_000 },
    },
  },
  { atMs: 49_500, event: ticked('recap', 't-44000', 49_500) },
];
