import { WebSocket } from 'ws';

export class Devices {
  private readonly devices = new Map<string, WebSocket>();

  register(id: string, socket: WebSocket): void {
    this.devices.set(id, socket);
  }

  command(id: string, text: string): void {
    const device = this.devices.get(id);
    if (!device) return;
    device.send(text);
  }
}
