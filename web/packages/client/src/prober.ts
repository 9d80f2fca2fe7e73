import type { RetryOptions } from './backoff.ts';
import { jittered } from './backoff.ts';
import type { Environment } from './environment.ts';
import type { ServerFrame, SubscribeFrame } from './frames.ts';
import type { Link, LinkHandlers, TransportName } from './transports/transport.ts';

/** How often the wait between two looks is doubled. */
const MAX_DOUBLINGS = 4;

/** A link with what is known of it. */
export interface Held {
  link: Link | null;
  name: TransportName;
  /** Since when it works; none before its first word. */
  sinceMs: number | null;
}

/** What the prober needs of the connection for which it looks. */
export interface ProberOwner {
  /** The transports that are better than the one that serves, best first. */
  better: () => readonly TransportName[];
  start: (held: Held, handlers: Omit<LinkHandlers, 'wanted'>) => Link | null;
  /** The link takes over, with the word that came; it is the owner's from here on. */
  onRisen: (held: Held) => void;
  onAlive: (held: Held) => void;
  onFrame: (frame: ServerFrame) => void;
  onClose: (held: Held) => void;
}

/** Looks now and then, while a lesser transport serves, whether a better one works: beside it, so that nothing is
 * given up for a look. */
export class Prober {
  readonly #owner: ProberOwner;
  readonly #environment: Environment;
  readonly #retry: Required<RetryOptions>;
  /** For how long a link is given to say its first word. */
  readonly #patienceMs: number;
  #probe: Held | null = null;
  #looks = 0;
  #cancel: () => void = () => undefined;

  constructor(
    owner: ProberOwner,
    environment: Environment,
    retry: Required<RetryOptions>,
    patienceMs: number,
  ) {
    this.#owner = owner;
    this.#environment = environment;
    this.#retry = retry;
    this.#patienceMs = patienceMs;
  }

  /** A transport serves: the better ones are looked at later. */
  lookLater(): void {
    this.#cancel();
    if (this.#owner.better().length === 0) {
      this.#looks = 0;
      return;
    }
    const grownMs = this.#retry.probeMs * 2 ** Math.min(this.#looks, MAX_DOUBLINGS);
    this.#looks += 1;
    const delayMs = jittered(grownMs, this.#environment.random);
    this.#cancel = this.#environment.timer(delayMs, () => this.#look(0));
  }

  /** Whether this is the link that is being tried. */
  isTrying(held: Held): boolean {
    return this.#probe === held;
  }

  subscribe(frame: SubscribeFrame): void {
    this.#probe?.link?.subscribe(frame);
  }

  unsubscribe(id: string): void {
    this.#probe?.link?.unsubscribe(id);
  }

  stop(): void {
    const probe = this.#probe;
    this.#probe = null;
    this.#cancel();
    probe?.link?.close();
  }

  #look(index: number): void {
    const name = this.#owner.better()[index];
    if (name === undefined) {
      this.lookLater();
      return;
    }
    const probe: Held = { link: null, name, sinceMs: null };
    this.#probe = probe;
    const giveUp = () => {
      if (this.#probe !== probe) return;
      this.stop();
      this.#look(index + 1);
    };
    this.#cancel = this.#environment.timer(this.#patienceMs, giveUp);
    probe.link = this.#owner.start(probe, {
      onOpen: () => undefined,
      onAlive: () => this.#handleAlive(probe),
      onFrame: (frame) => {
        if (this.#probe === probe && frame.type === 'error' && frame.id === null) {
          giveUp();
          return;
        }
        this.#handleAlive(probe);
        this.#owner.onFrame(frame);
      },
      onClose: () => (this.#probe === probe ? giveUp() : this.#owner.onClose(probe)),
    });
  }

  #handleAlive(probe: Held): void {
    if (this.#probe === probe) {
      this.#probe = null;
      this.#cancel();
      this.#owner.onRisen(probe);
    }
    this.#owner.onAlive(probe);
  }
}
