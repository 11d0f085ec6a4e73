'use client';

import { useChat } from './chat';

export function Say() {
  const { socket } = useChat();
  return <button onClick={() => socket.send('hi')}>hi</button>;
}
