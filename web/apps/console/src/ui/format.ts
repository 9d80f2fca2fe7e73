import type {
  CallEndReason,
  EntityKind,
  GapCause,
  Participant,
  Verdict,
} from '@trunkline/client/console';

/** A length or a place in a call: `03:42`, `1:03:42`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
}

/** `1.8 s`, `25 s`, `2 min 05 s`. */
export function span(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** How long ago: `now`, `4 min ago`, `3 h ago`, and the date when that says more. */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - atMs) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  return new Date(atMs).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
}

export function timeOfDay(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false });
}

export function exactTime(atMs: number): string {
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Stage times: one digit below ten, none above. */
export function millis(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

export function bytes(count: number): string {
  return count < 1_000_000
    ? `${Math.round(count / 1000)} kB`
    : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** An ARN's last part; anything else as it is. */
export function shortName(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? (nameOrArn.split('/').at(-1) ?? nameOrArn) : nameOrArn;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const MASKS: Record<EntityKind, string> = {
  card: 'Card number',
  cvv: 'Card security code',
  card_expiry: 'Card expiry',
  pin: 'PIN',
  card_track: 'Card track',
  bank_account: 'Bank account',
  routing_number: 'Bank routing number',
  iban: 'IBAN',
  swift: 'SWIFT code',
  ssn: 'Social security number',
  passport: 'Passport',
  driver_licence: 'Driving licence',
  tax_id: 'Tax number',
  government_id: 'Government id',
  vehicle: 'Vehicle',
  name: 'Name',
  phone: 'Phone number',
  email: 'E-mail address',
  address: 'Address',
  postcode: 'Postcode',
  location: 'Place',
  birth_date: 'Date of birth',
  date: 'Date',
  age: 'Age',
  password: 'Password',
  one_time_code: 'One-time code',
  security_answer: 'Security answer',
  user_name: 'User name',
  health_id: 'Health id',
  health_term: 'Health term',
  reference: 'Reference number',
  url: 'Web address',
  ip_address: 'IP address',
  number: 'Number',
};

/** Written out for a reader who has not seen the pill before. */
export function maskName(kind: EntityKind): string {
  return (MASKS as Partial<Record<string, string>>)[kind] ?? kind;
}

const CAUSES: Record<GapCause, string> = {
  not_sent: 'none was sent',
  damaged: 'the bytes were damaged',
  quarantined: 'it could not be shown to belong to this call',
  stream_error: 'the stream reported an error',
  connection_lost: 'the connection was lost',
  overflow: 'a buffer was full',
};

export function causeName(cause: GapCause): string {
  return (CAUSES as Partial<Record<string, string>>)[cause] ?? cause;
}

const ENDS: Record<CallEndReason, string> = {
  disconnected: 'Hung up',
  stop_fragment: 'Streaming stopped',
  next_contact: 'The stream went on with another contact',
  idle: 'Went silent',
  stream_gone: 'The stream is gone',
  owner_lost: 'Lost with the process that carried it',
};

export function endName(reason: CallEndReason): string {
  return (ENDS as Partial<Record<string, string>>)[reason] ?? reason;
}

export function speakerName(participant: Participant, agent: string | null): string {
  switch (participant) {
    case 'customer':
      return 'Customer';
    case 'agent':
      return agent ?? 'Agent';
    case 'bot':
      return 'Bot';
    default:
      return 'Prompt';
  }
}

const VERDICTS: Record<Verdict, string> = {
  clean: 'Verified: nothing was found',
  repaired: 'Verified: what was found is masked now',
  quarantined: 'Verified: something waits for a reviewer',
};

export function verdictName(verdict: Verdict): string {
  return (VERDICTS as Partial<Record<string, string>>)[verdict] ?? verdict;
}
