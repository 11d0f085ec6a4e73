import type { Response } from 'express';
import { HealthController } from './health.controller';

describe('HealthController', () => {
  const controller = new HealthController();

  it('reports that it is well', () => {
    expect(controller.health().status).toBe('ok');
  });

  it('answers in plain text', () => {
    const res = { type: jest.fn(), send: jest.fn() };

    controller.plain(res as unknown as Response);

    expect(res.type).toHaveBeenCalledWith('text/plain');
    expect(res.send).toHaveBeenCalledWith('ok');
  });
});
