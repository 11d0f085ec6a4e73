// Parts of `bugstack-sdk` that it exports; nothing here uses them.

/** Lets each key through once in a window of time. */
export class ErrorDeduplicator {
  readonly #seen = new Map<string, number>();

  constructor(readonly windowMs = 300_000) {}

  shouldSend(key: string): boolean {
    if (this.has(key)) return false;
    this.markSent(key);
    return true;
  }

  markSent(key: string): void {
    this.cleanup();
    this.#seen.set(key, Date.now());
  }

  has(key: string): boolean {
    const sent = this.#seen.get(key);
    return sent !== undefined && Date.now() - sent < this.windowMs;
  }

  get size(): number {
    return this.#seen.size;
  }

  clear(): void {
    this.#seen.clear();
  }

  cleanup(): void {
    for (const [key, sent] of this.#seen) {
      if (Date.now() - sent < this.windowMs) return;
      this.#seen.delete(key);
    }
  }

  destroy(): void {
    this.clear();
  }

  getStats(): { size: number; window: number; entries: { fingerprint: string; age: number }[] } {
    const entries = [...this.#seen].map(([fingerprint, sent]) => ({ fingerprint, age: Date.now() - sent }));
    return { size: this.size, window: this.windowMs, entries };
  }
}

type Send<T> = (item: T, context?: unknown) => Promise<boolean>;
const ITEMS = 100;

/** Sends one after the other, each a few times with growing waits. Bounded, and never in the way of an exit. */
export class RetryQueue<T = unknown> {
  #items: { item: T; context: unknown; attempts: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(
    readonly send: Send<T>,
    readonly options: { maxRetries?: number; baseDelay?: number; maxDelay?: number; debug?: boolean } = {},
  ) {}

  enqueue(item: T, context?: unknown): void {
    this.#items.push({ item, context, attempts: 0 });
    if (this.#items.length > ITEMS) this.#items.shift();
    void this.#run();
  }

  get size(): number {
    return this.#items.length;
  }

  clear(): void {
    this.#items = [];
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.clear();
  }

  getStats(): { size: number; processing: boolean } {
    return { size: this.size, processing: this.#busy };
  }

  async #run(): Promise<void> {
    const first = this.#items[0];
    if (this.#busy || first === undefined) return;
    this.#busy = true;
    const sent = await this.send(first.item, first.context).catch(() => false);
    this.#busy = false;
    first.attempts += 1;
    if (sent || first.attempts >= (this.options.maxRetries ?? 5)) {
      this.#items = this.#items.filter((each) => each !== first);
      return this.#run();
    }
    const { baseDelay = 1_000, maxDelay = 16_000 } = this.options;
    this.#timer = setTimeout(() => void this.#run(), Math.min(baseDelay * 2 ** (first.attempts - 1), maxDelay));
    this.#timer.unref();
  }
}
