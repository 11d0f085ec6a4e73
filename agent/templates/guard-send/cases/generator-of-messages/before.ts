import { WebSocket } from 'ws';

export function* stream(client: WebSocket, lines: string[]): Generator<number> {
  for (const [index, line] of lines.entries()) {
    client.send(line);
    yield index;
  }
}
