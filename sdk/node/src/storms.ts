// Bounds on how often the same thing is told, so that a storm is a count and not a flood.

const KEYS = 1_000;

/** So many of one key in a window of time. */
export class Budget {
  readonly #windows = new Map<string, { since: number; used: number }>();

  constructor(
    readonly limit: number,
    readonly windowMs: number,
  ) {}

  /** Whether there is one left for `key`. */
  take(key: string, now = Date.now()): boolean {
    const window = this.#windows.get(key);
    if (window !== undefined && now - window.since < this.windowMs) {
      window.used += 1;
      return window.used <= this.limit;
    }
    this.#windows.delete(key);
    // A `Map` keeps the order of insertion: the first is the oldest.
    const oldest = this.#windows.size < KEYS ? undefined : this.#windows.keys().next().value;
    if (oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(key, { since: now, used: 1 });
    return true;
  }
}

/** So many a second, with as many in reserve. */
export class Bucket {
  #left: number;
  #at = 0;

  constructor(readonly perSecond: number) {
    this.#left = perSecond;
  }

  take(now = Date.now()): boolean {
    const passed = Math.max(0, now - this.#at) / 1_000;
    this.#left = Math.min(this.perSecond, this.#left + passed * this.perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
