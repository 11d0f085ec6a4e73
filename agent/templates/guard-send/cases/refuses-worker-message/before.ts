import { ChildProcess } from 'child_process';

export function tell(worker: ChildProcess): void {
  worker.send('stop');
}
