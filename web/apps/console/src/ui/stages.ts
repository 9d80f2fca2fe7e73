const WORDS: Partial<Record<string, { name: string; what: string }>> = {
  capture: { name: 'Capture', what: 'spoken until here' },
  recognise: { name: 'Recognise', what: 'sound into words' },
  redact: { name: 'Redact', what: 'masks put on' },
  append: { name: 'Append', what: 'kept in the log' },
  deliver: { name: 'Deliver', what: 'handed to pages' },
  hint: { name: 'Suggestion', what: 'spoken until the card shows' },
  hint_by_model: { name: 'Suggestion by a model', what: 'the same, worded by a language model' },
  model: { name: 'The model’s share', what: 'what it took of that' },
  total: { name: 'Total', what: 'spoken until shown' },
};

/** A stage that a word goes through, in the reader's words; one not known yet keeps its own name. */
export function stageWords(stage: string): { name: string; what: string } {
  return WORDS[stage] ?? { name: stage, what: '' };
}
