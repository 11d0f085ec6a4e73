import { WebSocket } from 'ws';
import { RoomsGateway } from './rooms.gateway';

function member(): WebSocket {
  const send = jest.fn((_data: string, done: () => void) => done());
  return { readyState: WebSocket.OPEN, send } as unknown as WebSocket;
}

describe('RoomsGateway', () => {
  it('announces to every member', async () => {
    const gateway = new RoomsGateway();
    const members = [member(), member(), member()];
    members.forEach((client) => gateway.handleConnection(client));

    await gateway.announce('dinner');

    const payload = JSON.stringify({ event: 'announcement', data: 'dinner' });
    for (const client of members) {
      expect(client.send).toHaveBeenCalledWith(payload, expect.any(Function));
    }
  });

  it('is quiet in an empty room', async () => {
    await expect(new RoomsGateway().announce('anyone?')).resolves.toBeUndefined();
  });
});
