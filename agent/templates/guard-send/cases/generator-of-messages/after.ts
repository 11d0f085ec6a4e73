import { WebSocket } from 'ws';

export function* stream(client: WebSocket, lines: string[]): Generator<number> {
  for (const [index, line] of lines.entries()) {
    if (client.readyState === client.OPEN) {
      client.send(line);
    }
    yield index;
  }
}
