import { WebSocket } from 'ws';
import { HistoryGateway } from './history.gateway';
import { HistoryService } from './history.service';

describe('HistoryGateway', () => {
  it('answers with the lines of the room', async () => {
    const latest = jest.fn().mockResolvedValue(['dinner']);
    const gateway = new HistoryGateway({ latest } as unknown as HistoryService);
    const client = { send: jest.fn((_data: string, done: () => void) => done()) };

    await gateway.replay(client as unknown as WebSocket, 'kitchen');

    expect(latest).toHaveBeenCalledWith('kitchen');
    expect(client.send.mock.calls[0][0]).toBe('{"event":"history","data":["dinner"]}');
  });
});
