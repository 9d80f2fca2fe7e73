import type { Stage } from '@trunkline/client';

/** The stages that a word goes through, in order, in the reader's words. */
export const STAGE_WORDS: Record<Stage, { name: string; what: string }> = {
  capture: { name: 'Capture', what: 'spoken until here' },
  recognise: { name: 'Recognise', what: 'sound into words' },
  redact: { name: 'Redact', what: 'masks put on' },
  append: { name: 'Append', what: 'kept in the log' },
  deliver: { name: 'Deliver', what: 'handed to pages' },
  total: { name: 'Total', what: 'spoken until shown' },
};
