import { MessagePort } from 'node:worker_threads';

export function tell(port: MessagePort): void {
  port.postMessage('x');
}
