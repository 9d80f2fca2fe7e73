import type { Ref } from 'react';
import css from './playbooks.module.css';

interface YamlFieldProps {
  ref: Ref<HTMLTextAreaElement>;
  value: string;
  onChange: (value: string) => void;
  /** Lines with mistakes, from 1. */
  wrong: ReadonlySet<number>;
}

/** A text field with the numbers of its lines. It grows with its text, so that numbers and text scroll as one. */
export function YamlField({ ref, value, onChange, wrong }: YamlFieldProps) {
  const lines = value.split('\n');
  return (
    <div className={css.yaml}>
      <ol className={css.lines} aria-hidden>
        {lines.map((_, at) => (
          <li key={at} data-wrong={wrong.has(at + 1) || undefined}>
            {at + 1}
          </li>
        ))}
      </ol>
      <textarea
        ref={ref}
        aria-label="YAML"
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        rows={lines.length}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
