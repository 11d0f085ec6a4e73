import { WebSocket } from 'ws';
import { NoticesGateway } from './notices.gateway';

function subscriber(readyState: number) {
  return { readyState, send: jest.fn((_data: string, done: () => void) => done()) };
}

describe('NoticesGateway', () => {
  it('leaves out who is about to go', async () => {
    const gateway = new NoticesGateway();
    const going = subscriber(WebSocket.CLOSING);
    const staying = subscriber(WebSocket.OPEN);
    [going, staying].forEach((client) => gateway.handleConnection(client as unknown as WebSocket));

    await gateway.publish('maintenance at noon');

    expect(going.send).not.toHaveBeenCalled();
    expect(staying.send).toHaveBeenCalledTimes(1);
  });

  it('forgets who has gone', async () => {
    const gateway = new NoticesGateway();
    const gone = subscriber(WebSocket.OPEN);
    gateway.handleConnection(gone as unknown as WebSocket);
    gateway.handleDisconnect(gone as unknown as WebSocket);

    await gateway.publish('maintenance at noon');

    expect(gone.send).not.toHaveBeenCalled();
  });
});
