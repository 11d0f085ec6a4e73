// Events on the disk: segments of lines, written whole, claimed by one process, deleted when sent.

import fs = require('node:fs');
import os = require('node:os');
import path = require('node:path');
import { newId, shortName } from './unique';

/** What a segment holds. */
export type Kind = 'events' | 'pulse';

export interface Segment {
  file: string;
  /** What it is called while nobody has claimed it. */
  name: string;
  kind: Kind;
  lines: string[];
}

const SEGMENTS = 1_000;
const BYTES = 32 << 20;
const SEGMENT_BYTES = 4 << 20;
const AGE_MS = 14 * 24 * 3_600_000;
/** A claim of a process that may be alive lapses after this. */
const CLAIM_MS = 300_000;
const HOST = shortName(os.hostname()).slice(0, 8);
const SELF = newId().slice(0, 8);
/** `time-pid-random-number.kind`, and while claimed `.host-pid-instance` behind it. */
const NAME = /^([0-9a-z]{9}-\d+-[0-9a-f]{8}-\d+\.(events|pulse))(?:\.([0-9a-f]{8})-(\d+)-([0-9a-f]{8}))?$/;

export class Spool {
  #written = 0;
  /** Whether there may be segments to send. */
  mayHold = true;
  /** Segments that had to make room. */
  dropped = 0;

  constructor(readonly folder: string) {}

  /** Whether the lines are on the disk. */
  write(kind: Kind, lines: string[]): boolean {
    if (lines.length === 0) return true;
    const time = Date.now().toString(36).padStart(9, '0');
    const name = `${time}-${process.pid}-${SELF}-${this.#written++}.${kind}`;
    const temporary = path.join(this.folder, `${name}.tmp`);
    try {
      this.#makeRoom();
      const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | (fs.constants.O_NOFOLLOW ?? 0);
      const file = fs.openSync(temporary, flags, 0o600);
      try {
        fs.writeFileSync(file, `${lines.join('\n')}\n`);
      } finally {
        fs.closeSync(file);
      }
      fs.renameSync(temporary, path.join(this.folder, name));
      this.mayHold = true;
      return true;
    } catch {
      fs.rmSync(temporary, { force: true });
      return false;
    }
  }

  /** The oldest segment that no living process has claimed, claimed. */
  take(): Segment | undefined {
    for (const name of this.#names()) {
      const [, plain, kind, host, pid, instance] = NAME.exec(name) ?? [];
      if (plain === undefined || (host !== undefined && !this.#lapsed(name, host, Number(pid), instance))) continue;
      const segment = this.#claim(name, plain, kind as Kind);
      if (segment !== undefined) return segment;
    }
    this.mayHold = false;
    return undefined;
  }

  /** Gives a claimed segment back. */
  release(segment: Segment): void {
    this.mayHold = true;
    this.#move(segment.file, path.join(this.folder, segment.name));
  }

  remove(segment: Segment): void {
    try {
      fs.rmSync(segment.file, { force: true, recursive: true });
    } catch {
      // It is sent again; the agent stores an id once.
    }
  }

  #claim(name: string, plain: string, kind: Kind): Segment | undefined {
    const file = path.join(this.folder, `${plain}.${HOST}-${process.pid}-${SELF}`);
    if (!this.#move(path.join(this.folder, name), file)) return undefined;
    try {
      const now = Date.now() / 1_000;
      const facts = fs.lstatSync(file);
      // Nothing of ours: without lines it will be removed.
      if (!facts.isFile() || facts.size > SEGMENT_BYTES) return { file, name: plain, kind, lines: [] };
      fs.utimesSync(file, now, now);
      const lines = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
      return { file, name: plain, kind, lines };
    } catch {
      return undefined;
    }
  }

  #lapsed(name: string, host: string, pid: number, instance: string | undefined): boolean {
    if (instance === SELF) return false;
    if (host === HOST && (pid === process.pid || !isAlive(pid))) return true;
    return this.#age(name) > CLAIM_MS;
  }

  #move(from: string, to: string): boolean {
    try {
      fs.renameSync(from, to);
      return true;
    } catch {
      return false;
    }
  }

  #names(): string[] {
    try {
      return fs.readdirSync(this.folder).filter((name) => NAME.test(name)).sort();
    } catch {
      return [];
    }
  }

  #age(name: string): number {
    try {
      return Date.now() - fs.lstatSync(path.join(this.folder, name)).mtimeMs;
    } catch {
      return 0;
    }
  }

  /** The oldest go first; what is too old goes anyway. */
  #makeRoom(): void {
    const names = this.#names();
    const sizes = names.map((name) => fs.lstatSync(path.join(this.folder, name), { throwIfNoEntry: false })?.size ?? 0);
    let bytes = sizes.reduce((sum, size) => sum + size, 0);
    let kept = names.length;
    for (const [index, name] of names.entries()) {
      const isOld = Date.now() - parseInt(name.slice(0, 9), 36) > AGE_MS;
      if (!isOld && kept < SEGMENTS && bytes < BYTES) return;
      fs.rmSync(path.join(this.folder, name), { force: true });
      bytes -= sizes[index] ?? 0;
      kept -= 1;
      this.dropped += 1;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
