import { type WebSocket } from 'ws';

// A guard must not use a name that is erased.
export const tell = (client: WebSocket, text: string): void => {
  if (client.readyState === client.OPEN) {
    client.send(text);
  }
};
