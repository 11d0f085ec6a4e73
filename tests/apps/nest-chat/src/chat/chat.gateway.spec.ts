import { WebSocket } from 'ws';
import { ChatGateway } from './chat.gateway';

describe('ChatGateway', () => {
  let gateway: ChatGateway;

  beforeEach(() => {
    gateway = new ChatGateway();
  });

  it('sends a message to everybody', () => {
    const client = { send: jest.fn() };
    const other = { send: jest.fn() };
    gateway.handleConnection(client as unknown as WebSocket);
    gateway.handleConnection(other as unknown as WebSocket);

    gateway.broadcast('hello');

    const message = JSON.stringify({ event: 'message', data: 'hello' });
    expect(client.send).toHaveBeenCalledWith(message, expect.any(Function));
    expect(other.send).toHaveBeenCalledWith(message, expect.any(Function));
  });

  it('trims what it is told', () => {
    const broadcast = jest.spyOn(gateway, 'broadcast');

    gateway.onMessage('  hello ');

    expect(broadcast).toHaveBeenCalledWith('hello');
  });
});
