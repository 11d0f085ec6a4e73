import { Response } from 'express';

export function answer(res: Response): void {
  res.send('x');
}
