import type {
  Act,
  BacktestLine,
  Event,
  GuidanceStatistics,
  KnowledgeFound,
  PlaybookList,
  PlaybookProblem,
  PlaybookText,
  Whoami,
} from '@trunkline/api-types';
import { cardPlaybookYaml, passages, statistics, triagePlaybookYaml } from './guidance-data.ts';
import { cardPlaybook } from './guidance-scene.ts';

/** An act as a client sends it. */
export type SentAct = Act & { id: string };

const LOADED_AT_MS = Date.UTC(2026, 8, 14, 9, 30);

/** What the server knows of playbooks, documents and its own cards, and what clients asked of it. */
export class MockGuidance {
  whoami: Whoami = { name: 'Local', role: 'admin', agent: null, tenant: 'local' };
  acts: (SentAct & { callId: string })[] = [];
  /** Refuses the next acts with this problem. */
  refusal: { status: number; code: string; title: string } | null = null;
  searches: { query: string; answer?: boolean }[] = [];
  list: PlaybookList = {
    playbooks: [
      listed('card-dispute', 4, 'Card disputes', 'b3c1f02a9d7e', 'card-dispute.yaml'),
      listed('triage', 2, 'Technical triage', '77ab01c9e2f4', 'triage.yaml'),
    ],
    problems: [
      {
        file: 'cancellation-save.yaml',
        line: 23,
        column: 9,
        key: 'rules[1].then.alert.severity',
        message: 'is no severity: `urgent`',
        allowed: ['warning', 'critical'],
      },
    ],
  };
  statistics: GuidanceStatistics = statistics;
  /** The lines of a backtest, as they are sent, and how far apart. */
  backtest: BacktestLine[] = backtestLines;
  backtestEveryMs = 20;

  playbook(id: string): PlaybookText | null {
    const found = this.list.playbooks.find((one) => one.id === id);
    if (found === undefined) return null;
    return { ...found, yaml: id === 'card-dispute' ? cardPlaybookYaml : triagePlaybookYaml };
  }

  /** Knows one mistake: a severity that there is none of. */
  check(yaml: string): PlaybookProblem[] {
    const lines = yaml.split('\n');
    const at = lines.findIndex((line) => /severity: (?!warning|critical)/.test(line));
    if (at < 0) return [];
    const line = lines[at] ?? '';
    const value = line.split(': ')[1] ?? '';
    return [
      {
        file: '',
        line: at + 1,
        column: line.indexOf('severity') + 1,
        key: 'rules[1].then.alert.severity',
        message: `is no severity: \`${value}\``,
        allowed: ['warning', 'critical'],
      },
    ];
  }

  search(query: string, wantsAnswer: boolean): KnowledgeFound {
    this.searches.push({ query, answer: wantsAnswer });
    const words = query.toLowerCase().split(/\s+/);
    const found = passages.filter(({ text }) =>
      words.some((word) => word.length > 3 && text.toLowerCase().includes(word)),
    );
    const isAnswered = wantsAnswer && found.length > 0;
    return {
      passages: found,
      answer: isAnswered
        ? {
            text: 'A duplicate charge is reversed at once and visible within three working days.',
            passage: 0,
            model: 'local-7b',
          }
        : null,
      withheld: wantsAnswer && !isAnswered ? 'no_passage' : null,
    };
  }

  /** Notes the act; what comes of it, unless it was done before. */
  take(callId: string, act: SentAct, atMs: number): Event[] {
    if (this.acts.some((known) => known.id === act.id)) return [];
    this.acts.push({ ...act, callId });
    return effectsOf(act, this.whoami.name, atMs);
  }
}

function effectsOf(act: SentAct, by: string, at_ms: number): Event[] {
  switch (act.type) {
    case 'hint': {
      const { id, outcome } = act.data;
      return [{ type: 'hint_changed', data: { id, rule: 'rule', outcome, by, at_ms } }];
    }
    case 'mute':
      return [{ type: 'guidance_muted', data: { muted: act.data.muted, by, at_ms } }];
    case 'check': {
      const { playbook, item, done } = act.data;
      const state = done ? 'done' : 'open';
      return [{ type: 'checklist_changed', data: { playbook, item, state, by, at_ms } }];
    }
    case 'workflow':
      return [moveWorkflow(act.data, at_ms)];
    case 'message':
      return [
        {
          type: 'message_sent',
          data: { id: act.id, from: by, text: act.data.text, at_ms },
        },
      ];
    case 'summary':
      return [
        {
          type: 'summary_written',
          data: { complete: true, source: 'person', by, ...act.data, at_ms },
        },
      ];
  }
}

function moveWorkflow(
  { playbook, workflow, step = null }: { playbook: string; workflow: string; step?: string | null },
  at_ms: number,
): Event {
  const outline = cardPlaybook.workflows?.find((one) => one.id === workflow);
  const state =
    step === null
      ? ('left' as const)
      : outline?.steps.some((one) => one.id === step)
        ? ('running' as const)
        : ('done' as const);
  return { type: 'workflow_changed', data: { playbook, workflow, state, step, at_ms } };
}

function listed(id: string, version: number, title: string, digest: string, file: string) {
  return { id, version, title, digest, file, loaded_at_ms: LOADED_AT_MS };
}

const backtestLines: BacktestLine[] = [
  ...[4, 9, 15, 20].map((done) => ({ type: 'progress' as const, done, of: 24 })),
  {
    type: 'result',
    without_meaning: false,
    calls: 24,
    skipped: 1,
    rules: [
      {
        rule: 'double-charge',
        before: 24,
        after: 26,
        added: [
          { call_id: 'past-3', at_ms: 9600, utterance: 'c-9000' },
          { call_id: 'past-5', at_ms: 38_600, utterance: 'c-38000' },
        ],
        removed: [],
      },
      {
        rule: 'code-spoken',
        before: 24,
        after: 23,
        added: [],
        removed: [{ call_id: 'past-7', at_ms: 22_900, utterance: 'c-21800' }],
      },
      { rule: 'long-hold', before: 3, after: 3, added: [], removed: [] },
    ],
    checklist: [
      {
        item: 'Recap what happens next',
        before: { done: 11, missed: 13 },
        after: { done: 16, missed: 8 },
      },
    ],
  },
];
