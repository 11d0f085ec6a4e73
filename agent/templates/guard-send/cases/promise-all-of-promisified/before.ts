import { promisify } from 'util';
import { WebSocket } from 'ws';

export async function all(peers: WebSocket[], text: string): Promise<void> {
  await Promise.all(peers.map((peer) => promisify(peer.send.bind(peer))(text)));
}
