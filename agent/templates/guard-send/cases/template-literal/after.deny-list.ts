import { WebSocket } from 'ws';

export async function page(client: WebSocket, name: string) {
  if (client.readyState !== WebSocket.CLOSING && client.readyState !== WebSocket.CLOSED) {
    await new Promise<void>((resolve, reject) => {
      client.send(
        `hello
${name}
  end`,
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }
}
