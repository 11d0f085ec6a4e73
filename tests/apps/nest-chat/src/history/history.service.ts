import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** How long lines are collected before readers see them, in milliseconds. */
const BATCH_MS = 50;
const KEPT_LINES = 50;

@Injectable()
export class HistoryService {
  private readonly rooms = new Map<string, string[]>();

  append(room: string, line: string): void {
    const lines = this.rooms.get(room) ?? [];
    this.rooms.set(room, [...lines, line].slice(-KEPT_LINES));
  }

  /** The room's latest lines, the batch under way included. */
  async latest(room: string): Promise<string[]> {
    await delay(BATCH_MS);
    return this.rooms.get(room) ?? [];
  }
}
