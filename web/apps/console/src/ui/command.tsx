import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import css from './ui.module.css';

interface CopyProps {
  /** What the value is, for the button's name. */
  name: string;
  value: string;
}

function Copy({ name, value }: CopyProps) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={copy}
          aria-label={copied ? `Copied ${name}` : `Copy ${name}`}
        >
          {copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}

/** A command to type elsewhere. */
export function Command({ text }: { text: string }) {
  return (
    <div className={css.command}>
      <code>{text}</code>
      <Copy name="the command" value={text} />
    </div>
  );
}

/** An id: cut when there is no room, copied whole. */
export function CopyableId({ name, value }: CopyProps) {
  return (
    <span className={css.copyable}>
      <code title={value}>{value}</code>
      <Copy name={name} value={value} />
    </span>
  );
}
