import { WebSocket } from 'ws';

export class Devices {
  private readonly devices = new Map<string, WebSocket>();

  register(id: string, socket: WebSocket): void {
    this.devices.set(id, socket);
    socket.on('close', () => {
      if (this.devices.get(id) === socket) this.devices.delete(id);
    });
  }

  command(id: string, text: string): void {
    const device = this.devices.get(id);
    if (!device) return;
    if (device.readyState === WebSocket.OPEN) {
      device.send(text);
    }
  }
}
