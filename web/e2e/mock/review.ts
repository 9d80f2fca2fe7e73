import type {
  CallSummary,
  ReviewAction,
  ReviewDecision,
  ReviewItem,
  ReviewOutcome,
  TranscriptUtterance,
} from '@trunkline/api-types';
import { utteranceOf } from './script.ts';

const PEOPLE: Record<ReviewAction, number> = { approve: 1, mask: 1, release: 2 };

/** The findings that wait, as a server keeps them. */
export class MockReview {
  reviewer = 'ann';
  /** Whoever does not give this key is asked to sign in. */
  key: string | null = null;
  isSignedIn = false;
  findings: ReviewItem[] = [];
  /** Sentences as they stand in the log, by finding. */
  clear = new Map<string, TranscriptUtterance[]>();
  looks: string[] = [];
  decided: (ReviewDecision & { finding: string })[] = [];

  decide(finding: string, decision: ReviewDecision): ReviewOutcome {
    const item = this.findings.find((one) => one.finding.id === finding);
    if (item === undefined) return { settled: true, lifted: false, missing: 0 };
    this.decided.push({ finding, ...decision });
    const { action } = decision;
    item.decisions.push({ finding, action, by: this.reviewer, at_ms: Date.now(), settled: false });
    const agreed = new Set(
      item.decisions.filter((one) => one.action === action).map((one) => one.by),
    );
    const missing = Math.max(0, item.people[action] - agreed.size);
    if (missing > 0) return { settled: false, lifted: false, missing };
    this.findings = this.findings.filter((one) => one !== item);
    const lifted = !this.findings.some((one) => one.call.call_id === item.call.call_id);
    return { settled: true, lifted, missing: 0 };
  }
}

/** Three findings in two calls: digits in words, digits in sound, and a mask with something in it. */
export function findingsIn(review: MockReview, [first, second]: CallSummary[]): void {
  if (first === undefined || second === undefined) return;
  const before = utteranceOf(['agent', 15_200, 'Could you read me the account number once more?']);
  const said = utteranceOf(['customer', 21_800, 'Sure it ends in [number] if you need it']);
  const clear = utteranceOf(['customer', 21_800, 'Sure it ends in forty-two if you need it']);
  const after = utteranceOf(['agent', 26_500, 'Thank you, I have found it.']);
  const add = (
    call: CallSummary,
    over: Partial<ReviewItem['finding']> & { id: string },
    context: TranscriptUtterance[],
  ) =>
    review.findings.push({
      call,
      finding: {
        rule: 'second_pass',
        entity: 'bank_account',
        channel: 'customer',
        from_ms: 23_120,
        to_ms: 23_400,
        utterance: 'c-21800',
        confidence: 0.62,
        repaired: false,
        reason: 'digits where an account number was asked for',
        ...over,
      },
      decisions: [],
      people: PEOPLE,
      context,
    });
  add(first, { id: 'f-1' }, [before, said, after]);
  review.clear.set('f-1', [before, clear, after]);
  add(
    first,
    {
      id: 'f-2',
      rule: 'heard_again',
      entity: 'number',
      from_ms: 50_900,
      to_ms: 52_100,
      utterance: null,
      confidence: 0.4,
      reason: 'four digits in two seconds',
    },
    [utteranceOf(['customer', 50_200, "Great. Please text me at [phone] when it's done."])],
  );
  add(
    second,
    {
      id: 'f-3',
      rule: 'sound_in_mask',
      entity: 'card',
      from_ms: 22_460,
      to_ms: 22_750,
      utterance: null,
      confidence: 0.99,
      reason: 'speech beside the tone',
    },
    [],
  );
}
