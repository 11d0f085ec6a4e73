// The one client of a process: what is captured, how often, and what becomes of it.

import { setImmediate } from 'node:timers';
import { Delivery } from './delivery';
import { finish, type Draft, type SendDraft, type Surroundings } from './event';
import type { Settings } from './options';
import { Pulses } from './pulse';
import { programFolder, version } from './release';
import { scrubber } from './scrub';
import { Spool } from './spool';
import { isObject, type RawStack } from './stack';
import { quietly, state } from './state';
import { stateFolder } from './statedir';
import { Bucket, Budget } from './storms';
import { Transport } from './transport';
import { newId } from './unique';
import { crumbs } from './breadcrumbs';
import { deliverNow } from './crash';
import type { BugStackEvent, Level } from './wire';

/** What is to be captured. */
export interface Capture {
  error: unknown;
  /** The mechanism: `captureError`, `uncaughtException`, … */
  kind: string;
  handled: boolean;
  level?: Level;
  metadata?: Record<string, unknown> | undefined;
  /** The stack to use where the value has none. */
  raw?: RawStack;
}

const HOUR_MS = 3_600_000;
/** More sends of one site an hour are a count: the agent starts a repair at the fifth. */
const SENDS_OF_SITE = 5;
const ERRORS_OF_KIND = 20;
/** Stacks taken for sends a second; beyond, a send on a closed socket costs next to nothing. */
const SEND_STACKS = 100;
const DRAFTS = 200;
/** The agent takes a mebibyte, and a character may be three bytes. */
const EVENT_CHARACTERS = 300 << 10;

export class Client {
  readonly pulses: Pulses;
  readonly #around: Surroundings;
  readonly #delivery: Delivery;
  readonly #spool: Spool | undefined;
  readonly #errors: Budget;
  readonly #sends = new Budget(SENDS_OF_SITE, HOUR_MS);
  readonly #stacks = new Bucket(SEND_STACKS);
  /** Errors that were seen, so that one error is one event. */
  readonly #known = new WeakMap<object, Draft>();
  #drafts: Draft[] = [];
  #scheduled = false;
  #closed = false;

  constructor(readonly settings: Settings) {
    const running = version(settings, process.env, programFolder());
    this.#around = { settings, version: running, scrub: scrubber(settings.redactFields) };
    const folder = stateFolder(settings, process.env);
    this.#spool = folder === undefined ? undefined : new Spool(folder);
    const transport = new Transport(settings);
    this.#delivery = new Delivery(transport, this.#spool, settings.maxQueue, (message, detail) => this.debug(message, detail));
    this.pulses = new Pulses(settings, running, transport, () => this.#minute());
    const window = settings.deduplicationWindow;
    this.#errors = window === undefined ? new Budget(ERRORS_OF_KIND, 60_000) : new Budget(1, window);
    if (folder === undefined) this.debug('no safe state directory: unsent events stay in memory');
  }

  start(): void {
    this.pulses.start();
  }

  /** The event's id, or nothing if it is left out. */
  capture(capture: Capture): string | undefined {
    if (this.#closed) return undefined;
    const known = isObject(capture.error) ? this.#known.get(capture.error) : undefined;
    if (known !== undefined) return this.#again(known, capture);
    if (capture.level !== 'fatal' && Math.random() >= this.settings.sampleRate) return undefined;
    const draft = this.#draft(capture.error, capture.kind, capture.handled, capture.level ?? 'error');
    draft.metadata = capture.metadata;
    draft.raw = capture.raw;
    this.know(draft);
    this.#add(draft);
    return draft.id;
  }

  /** A send on a socket that was not open; nothing while a storm rages. */
  captureSend(send: SendDraft, raw: () => RawStack): Draft | undefined {
    if (this.#closed || !this.#stacks.take()) return undefined;
    const draft = this.#draft(undefined, `ws.${send.method}`, false, 'error');
    draft.send = send;
    draft.raw = raw();
    this.#add(draft);
    return draft;
  }

  /** Where this error turns up again, it is the same event. */
  know(draft: Draft): void {
    if (isObject(draft.error)) this.#known.set(draft.error, draft);
  }

  knows(error: unknown): boolean {
    return isObject(error) && this.#known.has(error);
  }

  /** The last moments: everything goes to the disk before this returns. */
  crash(capture: Capture): void {
    const id = this.capture(capture);
    this.finishDrafts();
    const saved = this.#delivery.save();
    this.debug(saved ? `crash ${id} is on the disk` : `crash ${id} could not be written`);
    if (this.settings.crashTimeout > 0 && this.#spool !== undefined) deliverNow(this.settings, this.#spool, this.settings.crashTimeout);
  }

  /** The process ends. */
  exit(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.finishDrafts();
    this.#delivery.end();
    if (this.#spool !== undefined) this.pulses.save(this.#spool);
  }

  /** Whether the agent has everything that was captured until now. */
  async flush(timeoutMs: number): Promise<boolean> {
    this.finishDrafts();
    return this.#delivery.settled(timeoutMs);
  }

  async close(timeoutMs: number): Promise<boolean> {
    if (this.#closed) return true;
    this.pulses.stop();
    const begin = Date.now();
    const delivered = await this.flush(timeoutMs);
    const left = timeoutMs - (Date.now() - begin);
    if (delivered && left > 0) await atMost(this.pulses.send(), left);
    this.exit();
    this.#delivery.transport.close();
    if (state.client === this) state.client = undefined;
    return delivered;
  }

  /** Events that no one will get: refused, or without room. */
  get lost(): number {
    return this.#delivery.lost + (this.#spool?.dropped ?? 0);
  }

  get folder(): string | undefined {
    return this.#spool?.folder;
  }

  debug(message: string, detail?: unknown): void {
    if (!this.settings.debug) return;
    const more = detail === undefined ? '' : `: ${detail instanceof Error ? (detail.stack ?? detail.message) : String(detail)}`;
    process.stderr.write(`[bugstack] ${message}${more}\n`);
  }

  finishDrafts(): void {
    this.#scheduled = false;
    for (const draft of this.#drafts.splice(0)) quietly(() => this.#finish(draft));
  }

  #draft(error: unknown, kind: string, handled: boolean, level: Level): Draft {
    const context = state.contexts.getStore();
    const breadcrumbs = crumbs(this.settings.maxBreadcrumbs);
    return { id: newId(), time: Date.now(), error, kind, handled, level, context, breadcrumbs };
  }

  #add(draft: Draft): void {
    this.#drafts.push(draft);
    if (this.#drafts.length >= DRAFTS) this.finishDrafts();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.finishDrafts()).unref();
  }

  /** An error that went on, and was seen again where it went. */
  #again(draft: Draft, capture: Capture): string | undefined {
    const worse = capture.level === 'fatal' && draft.level !== 'fatal';
    const untold = draft.send !== undefined && !capture.handled;
    if (!worse && !untold && capture.metadata === undefined) return draft.id;
    if (worse) draft.level = 'fatal';
    if (worse || untold) {
      draft.kind = capture.kind;
      draft.handled = capture.handled;
    }
    draft.metadata = { ...draft.metadata, ...capture.metadata };
    const entry = this.#delivery.waiting(draft);
    if (entry !== undefined) entry.json = quietly(() => this.#json(draft)) ?? entry.json;
    // What crashes the process is told, however often it was seen before.
    else if (worse && !this.#drafts.includes(draft)) this.#add(draft);
    return draft.id;
  }

  #finish(draft: Draft): void {
    const event = finish(draft, this.#around);
    if (event === undefined || !this.#hasBudget(draft, event)) return;
    this.#delivery.add({ draft, json: serialise(event) });
  }

  #json(draft: Draft): string | undefined {
    const event = finish(draft, this.#around);
    return event === undefined ? undefined : serialise(event);
  }

  #hasBudget(draft: Draft, event: BugStackEvent): boolean {
    if (draft.level === 'fatal') return true;
    const [first] = event.exceptions;
    const site = first?.frames.find((frame) => frame.in_app === true) ?? first?.frames[0];
    const place = `${site?.file}:${site?.line}:${site?.column}`;
    const { send } = event;
    if (send !== undefined) return this.#sends.take(`${place} ${send.outcome} ${send.ready_state}`);
    return this.#errors.take(`${first?.type} ${first?.message} ${place}`);
  }

  #minute(): void {
    if (this.#spool !== undefined) this.#spool.mayHold = true;
    this.#delivery.kick();
  }
}

/** Bounded: what the agent would refuse for its size is cut first. */
function serialise(event: BugStackEvent): string {
  const json = JSON.stringify(event);
  if (json.length <= EVENT_CHARACTERS) return json;
  const { metadata: _metadata, breadcrumbs: _breadcrumbs, request: _request, ...rest } = event;
  return JSON.stringify(rest);
}

async function atMost(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    late = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(late);
}

