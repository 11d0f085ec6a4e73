// The way of an event to the agent: a bounded queue in memory, then the disk, one batch at a time.

import type { Draft } from './event';
import type { Segment, Spool } from './spool';
import type { Transport } from './transport';

/** An event that waits. */
export interface Entry {
  draft: Draft;
  json: string;
}

/** Lines under way, and where they came from. */
interface Batch {
  lines: string[];
  entries: Entry[];
  segment: Segment | undefined;
}

/** Why a batch has to come again, and when at the earliest. */
interface Failure {
  afterMs: number | undefined;
}

const BATCH = 50;
/** The agent takes a mebibyte, and a character may be three bytes. */
const BATCH_CHARACTERS = 300 << 10;
const PARALLEL = 8;
const QUEUE_CHARACTERS = 2 << 20;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const EVENTS = '/api/v1/events';
const BATCH_TYPE = 'application/x-ndjson';

export class Delivery {
  #waiting: Entry[] = [];
  #characters = 0;
  #batch: Batch | undefined;
  #wait = FIRST_WAIT_MS;
  #retry: NodeJS.Timeout | undefined;
  /** Until when the agent asked to be left alone. */
  #askedUntil = 0;
  #idle: (() => void)[] = [];
  #stopped = false;
  /** Events that no one will get. */
  lost = 0;

  constructor(
    readonly transport: Transport,
    readonly spool: Spool | undefined,
    readonly maxQueue: number,
    readonly tell: (message: string, detail?: unknown) => void,
  ) {}

  add(entry: Entry): void {
    this.#waiting.push(entry);
    this.#characters += entry.json.length;
    if (this.#waiting.length > this.maxQueue || this.#characters > QUEUE_CHARACTERS) this.#overflow();
    this.kick();
  }

  /** The entry of a draft that can still be changed. */
  waiting(draft: Draft): Entry | undefined {
    return this.#waiting.find((entry) => entry.draft === draft);
  }

  /** Starts delivering, unless it is under way or has to wait. */
  kick(): void {
    if (this.#batch !== undefined || this.#retry !== undefined || this.#stopped) return;
    const batch = this.#next();
    this.#batch = batch;
    if (batch === undefined) {
      for (const done of this.#idle.splice(0)) done();
      return;
    }
    void this.#deliver(batch);
  }

  /** Puts everything that the agent does not have on the disk; without one it stays where it is. */
  save(): boolean {
    const flying = this.#batch;
    const lines = [...(flying?.entries ?? []), ...this.#waiting].map((entry) => entry.json);
    if (lines.length === 0) return true;
    if (this.spool?.write('events', lines) !== true) return false;
    if (flying !== undefined) flying.entries = [];
    this.#clear();
    return true;
  }

  /** The process ends: what is unsent goes to the disk, what is claimed is given back. */
  end(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.save();
    const segment = this.#batch?.segment;
    if (segment !== undefined) this.spool?.release(segment);
  }

  /** Whether everything was delivered in time. A wait that nobody asked for is cut short. */
  async settled(timeoutMs: number): Promise<boolean> {
    const lost = this.lost;
    // The one timer that keeps the process alive: somebody is waiting for the answer.
    let late: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => {
      late = setTimeout(() => resolve(false), Math.max(0, timeoutMs));
    });
    if (this.#retry !== undefined && Date.now() >= this.#askedUntil) {
      clearTimeout(this.#retry);
      this.#retry = undefined;
    }
    const idle = new Promise<true>((resolve) => this.#idle.push(() => resolve(true)));
    this.kick();
    const inTime = await Promise.race([idle, timeout]);
    clearTimeout(late);
    return inTime && this.lost === lost;
  }

  #next(): Batch | undefined {
    if (this.#waiting.length > 0) return this.#fromMemory();
    // A segment that cannot be read, or is empty, is nobody's loss twice.
    for (let tries = 0; tries < 10 && this.spool?.mayHold === true; tries++) {
      const segment = this.spool.take();
      if (segment === undefined) return undefined;
      if (segment.lines.length > 0) return { lines: segment.lines, entries: [], segment };
      this.spool.remove(segment);
    }
    return undefined;
  }

  #fromMemory(): Batch {
    const entries = this.#waiting.splice(0, fitting(this.#waiting.map((entry) => entry.json)));
    this.#characters -= entries.reduce((sum, entry) => sum + entry.json.length, 0);
    return { lines: entries.map((entry) => entry.json), entries, segment: undefined };
  }

  async #deliver(batch: Batch): Promise<void> {
    const answer = await this.#send(batch);
    this.#batch = undefined;
    if (this.#stopped) return;
    if (answer === undefined) {
      this.#wait = FIRST_WAIT_MS;
      if (batch.segment !== undefined) this.spool?.remove(batch.segment);
      this.kick();
      return;
    }
    if (batch.segment !== undefined) this.spool?.release(batch.segment);
    this.#waiting.unshift(...batch.entries);
    this.#characters += batch.entries.reduce((sum, entry) => sum + entry.json.length, 0);
    this.save();
    this.#pause(answer.afterMs);
  }

  /** Nothing if all of it arrived, or was refused for good. */
  async #send(batch: Batch): Promise<Failure | undefined> {
    if (batch.segment?.kind === 'pulse') return this.#sendPulse(batch.segment);
    const left = batch.lines.map((line, index) => ({ line, entry: batch.entries[index] }));
    while (this.transport.takesBatches && left.length > 1) {
      const together = left.splice(0, fitting(left.map(({ line }) => line)));
      const answer = await this.transport.post(EVENTS, `${together.map(({ line }) => line).join('\n')}\n`, BATCH_TYPE);
      if (answer.kind === 'failed') return { afterMs: answer.afterMs };
      if (answer.kind === 'done') {
        batch.entries = batch.entries.filter((each) => !together.some(({ entry }) => entry === each));
        continue;
      }
      // One bad line must not take the others with it.
      this.transport.takesBatches = false;
      left.unshift(...together);
    }
    let failure: Failure | undefined;
    const work = async (most: number): Promise<void> => {
      for (let sent = 0; sent < most && failure === undefined; sent++) {
        const next = left.shift();
        if (next === undefined) return;
        failure ??= await this.#sendOne(next.line);
        if (failure === undefined) batch.entries = batch.entries.filter((each) => each !== next.entry);
      }
    };
    // The first goes alone: it tells whether there is an agent.
    await work(1);
    const crowd = Math.min(PARALLEL, left.length);
    await Promise.all(Array.from({ length: crowd }, () => work(batch.lines.length)));
    return failure;
  }

  async #sendOne(line: string): Promise<Failure | undefined> {
    const answer = await this.transport.post(EVENTS, line);
    if (answer.kind === 'refused') this.#refused(answer.status, 1);
    return answer.kind === 'failed' ? { afterMs: answer.afterMs } : undefined;
  }

  /** A pulse counts twice if it is sent twice: it leaves the disk before it is sent. */
  async #sendPulse(segment: Segment): Promise<undefined> {
    this.spool?.remove(segment);
    for (const line of segment.lines) await this.transport.post('/api/v1/pulse', line);
    return undefined;
  }

  #refused(status: number, events: number): void {
    this.lost += events;
    this.tell(`the agent refuses ${events} event(s) with status ${status}`);
  }

  #pause(afterMs: number | undefined): void {
    const wait = afterMs ?? this.#wait * (0.5 + Math.random() / 2);
    if (afterMs !== undefined) this.#askedUntil = Date.now() + afterMs;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.kick();
    }, wait);
    this.#retry.unref();
  }

  /** Memory is full: the disk takes it, or the oldest are lost. */
  #overflow(): void {
    if (this.#spill()) return;
    while (this.#waiting.length > this.maxQueue || this.#characters > QUEUE_CHARACTERS) {
      const oldest = this.#waiting.shift();
      this.#characters -= oldest?.json.length ?? 0;
      this.lost += 1;
    }
  }

  #spill(): boolean {
    if (this.spool?.write('events', this.#waiting.map((entry) => entry.json)) !== true) return false;
    this.#clear();
    return true;
  }

  #clear(): void {
    this.#waiting = [];
    this.#characters = 0;
  }
}

/** How many of the lines make one batch; one at least. */
function fitting(lines: string[]): number {
  let characters = 0;
  const over = lines.findIndex((line, index) => {
    characters += line.length;
    return index === BATCH || (index > 0 && characters > BATCH_CHARACTERS);
  });
  return over < 0 ? lines.length : over;
}
