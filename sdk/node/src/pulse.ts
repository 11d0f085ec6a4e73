// How much the process does, told at the start, every minute and at the end.

import type { Settings } from './options';
import type { Version } from './release';
import type { Spool } from './spool';
import { noCounts, state } from './state';
import type { Transport } from './transport';
import { newUuid } from './unique';
import type { Counts, Pulse } from './wire';

const START_MS = 250;

export class Pulses {
  readonly instance = newUuid();
  #timer: NodeJS.Timeout | undefined;
  #first: NodeJS.Timeout | undefined;

  constructor(
    readonly settings: Settings,
    readonly version: Version,
    readonly transport: Transport,
    readonly each: () => void,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      void this.send();
      this.each();
    }, this.settings.pulseInterval);
    this.#timer.unref();
    // When the host has started: it comes first.
    this.#first = setTimeout(() => {
      void this.send();
      this.each();
    }, START_MS);
    this.#first.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#first);
  }

  /** Counts that surely did not arrive go with the next pulse. */
  async send(): Promise<boolean> {
    const counts = takeCounts();
    const answer = await this.transport.post('/api/v1/pulse', JSON.stringify(this.#pulse(counts)));
    if (answer.kind !== 'done' && !(answer.kind === 'failed' && answer.arrived)) putBack(counts);
    return answer.kind === 'done';
  }

  /** The last one, for the next process to send. */
  save(spool: Spool): void {
    const counts = takeCounts();
    if (Object.values(counts).some((count) => count > 0)) spool.write('pulse', [JSON.stringify(this.#pulse(counts))]);
  }

  #pulse(counts: Counts): Pulse {
    const { release, commit } = this.version;
    const { environment } = this.settings;
    return {
      instance: this.instance,
      ...(release === undefined ? {} : { release }),
      ...(commit === undefined ? {} : { commit }),
      ...(environment === undefined ? {} : { environment }),
      counts,
    };
  }
}

/** Leaves zeros behind; the object stays the same, since others hold it. */
function takeCounts(): Counts {
  const taken = { ...state.counts };
  Object.assign(state.counts, noCounts());
  return taken;
}

function putBack(counts: Counts): void {
  for (const key of Object.keys(counts) as (keyof Counts)[]) state.counts[key] += counts[key];
}
