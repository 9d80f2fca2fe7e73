import { Command } from './command.tsx';

/** Where the program's own commands look for a server. */
const DEFAULT_ORIGIN = 'http://127.0.0.1:8080';

/** How to get a call onto this page: the built-in ones, or one's own sound. */
export function PlaceCall() {
  const { origin } = window.location;
  const target = origin === DEFAULT_ORIGIN ? '' : ` --trigger ${origin}/v1/triggers/connect`;
  return (
    <>
      <p>To place the sample calls:</p>
      <Command text={`trunkline call --samples${target}`} />
      <p>Or one of your own, left the customer and right the agent:</p>
      <Command text={`trunkline call talk.wav${target}`} />
    </>
  );
}
