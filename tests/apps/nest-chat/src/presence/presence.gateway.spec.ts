import { WebSocket } from 'ws';
import { Presence, PresenceGateway } from './presence.gateway';

describe('PresenceGateway', () => {
  it('tells every watcher who is here', () => {
    const gateway = new PresenceGateway();
    const send = jest.fn();
    const watcher = { readyState: WebSocket.OPEN, OPEN: WebSocket.OPEN, send };
    gateway.handleConnection(watcher as unknown as WebSocket);
    const presence: Presence = { name: 'ada', status: 'here' };

    gateway.update(presence);

    expect(send).toHaveBeenCalledTimes(1);
    expect(JSON.parse(send.mock.calls[0][0])).toEqual({ event: 'presence', data: presence });
  });
});
