import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

@Controller('health')
export class HealthController {
  @Get()
  health(): { status: string; uptime: number } {
    return { status: 'ok', uptime: Math.round(process.uptime()) };
  }

  /** Plain text for load balancers that do not read JSON. */
  @Get('plain')
  plain(@Res() res: Response): void {
    res.type('text/plain');
    res.send('ok');
  }
}
