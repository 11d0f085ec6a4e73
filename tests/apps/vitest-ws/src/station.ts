import type { WebSocket } from 'ws';
import { announcement } from './titles.js';

/** Everybody who listens to one station. */
export class Station {
  private readonly listeners = new Set<WebSocket>();

  join(listener: WebSocket): void {
    this.listeners.add(listener);
  }

  /** Listeners hear a title one after another. */
  async play(title: string): Promise<void> {
    for (const listener of this.listeners) {
      await new Promise<void>((resolve, reject) => {
        listener.send(announcement(title), (error) => (error ? reject(error) : resolve()));
      });
    }
  }
}
