// The fault forms that real services have, each behind a message of its own.

import 'reflect-metadata';
import { promisify } from 'node:util';
import WebSocket, { createWebSocketStream } from 'ws';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ArgumentsHost,
  BadRequestException,
  CallHandler,
  CanActivate,
  Catch,
  Controller,
  ExceptionFilter,
  ExecutionContext,
  Get,
  Injectable,
  Module,
  NestInterceptor,
  PipeTransform,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer, WsException } from '@nestjs/websockets';
import { initBugStack } from '@bugstack/node';

initBugStack();


@Injectable()
class Guard implements CanActivate {
  canActivate(_context: ExecutionContext): boolean {
    throw new Error('in the guard'); // at: guard
  }
}

@Injectable()
class Pipe implements PipeTransform {
  transform(_value: unknown): unknown {
    throw new Error('in the pipe'); // at: pipe
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, _next: CallHandler): any {
    throw new Error('in the interceptor'); // at: interceptor
  }
}

@Catch()
class GlobalFilter implements ExceptionFilter {
  catch(exception: Error, host: ArgumentsHost): void {
    console.log(`filter ${host.getType()} ${exception.message}`);
    if (host.getType() === 'http') host.switchToHttp().getResponse().status(500).json({ caught: true });
  }
}

@WebSocketGateway({ path: '/chat' })
class FaultsGateway {
  @WebSocketServer() server: any;
  private readonly members = new Set<any>();

  handleConnection(client: any): void {
    this.members.add(client);
  }

  private stale(): any[] {
    return [...this.members].filter((member) => member.readyState === 3);
  }

  @SubscribeMessage('closing')
  closing(@MessageBody() text: string): void {
    for (const client of this.server.clients) client.close();
    this.server.clients.forEach((client: any) => {
      client.send(text); // at: closing
    });
  }

  @SubscribeMessage('dropped')
  dropped(@MessageBody() text: string): void {
    for (const member of this.stale()) {
      member.send(text); // at: dropped
    }
  }

  @SubscribeMessage('heartbeat')
  heartbeat(): void {
    for (const member of this.stale()) {
      member.ping(); // at: heartbeat
    }
  }

  @SubscribeMessage('timer')
  timer(@MessageBody() text: string): void {
    setTimeout(() => {
      for (const member of this.stale()) {
        member.send(text); // at: timer
      }
    }, 1);
  }

  @SubscribeMessage('callback')
  callback(@MessageBody() text: string): void {
    for (const member of this.stale()) {
      member.send(text, (error: Error) => console.log(`told ${error.message}`)); // at: callback
    }
  }

  @SubscribeMessage('awaited')
  async awaited(@MessageBody() text: string): Promise<void> {
    for (const member of this.stale()) {
      await promisify(member.send.bind(member))(text); // at: awaited
    }
  }

  @SubscribeMessage('all')
  async all(@MessageBody() text: string): Promise<void> {
    await Promise.all(
      this.stale().map(
        (member) =>
          new Promise<void>((resolve, reject) => {
            member.send(text, (error: Error) => (error ? reject(error) : resolve())); // at: all
          }),
      ),
    );
  }

  @SubscribeMessage('later')
  async later(@ConnectedSocket() client: any, @MessageBody() text: string): Promise<void> {
    client.close();
    await new Promise((resolve) => client.once('close', resolve));
    client.send(text); // at: later
  }

  @SubscribeMessage('connecting')
  connecting(@MessageBody() text: string): void {
    const upstream = new WebSocket('ws://127.0.0.1:1/');
    upstream.on('error', () => undefined);
    upstream.send(text); // at: connecting
  }

  @SubscribeMessage('cbthrow')
  cbthrow(@MessageBody() text: string): void {
    for (const member of this.stale()) {
      const raise = (error?: Error) => {
        if (error) throw error;
      };
      member.send(text, raise); // at: cbthrow
    }
  }

  @SubscribeMessage('floating')
  floating(@MessageBody() text: string): void {
    for (const member of this.stale()) {
      void promisify(member.send.bind(member))(text); // at: floating
    }
  }

  @SubscribeMessage('stream')
  stream(@ConnectedSocket() client: any, @MessageBody() text: string): void {
    const duplex = createWebSocketStream(client);
    client.close();
    duplex.write(text); // at: stream
  }

  @SubscribeMessage('bug')
  bug(@MessageBody() text: any): void {
    text.missing.field(); // at: bug
  }

  @SubscribeMessage('expected')
  expected(): void {
    throw new WsException('not for you');
  }

  @SubscribeMessage('unwanted')
  unwanted(): void {
    throw new BadRequestException('no');
  }

  @UseGuards(Guard)
  @SubscribeMessage('guard')
  guard(): void {}

  @UsePipes(Pipe)
  @SubscribeMessage('pipe')
  pipe(@MessageBody() _text: string): void {}

  @UseInterceptors(Interceptor)
  @SubscribeMessage('interceptor')
  interceptor(): void {}

  @SubscribeMessage('size')
  async size(): Promise<unknown> {
    await delay(1);
    return { event: 'size', data: { stale: this.stale().length } };
  }
}

@Controller()
class FaultsController {
  @Get('broken/:id')
  broken(): string {
    throw new TypeError('in the controller'); // at: controller
  }

  @Get('refused')
  refused(): string {
    throw new BadRequestException('no');
  }

  @MessagePattern({ cmd: 'sum' })
  sum(@Payload() numbers: number[]): number {
    throw new RangeError(`in the microservice ${numbers.length}`); // at: rpc
  }
}

@Module({ controllers: [FaultsController], providers: [FaultsGateway] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  app.useWebSocketAdapter(new WsAdapter(app));
  app.useGlobalFilters(new GlobalFilter());
  const tcp = Number(process.env['TCP_PORT'] ?? 0);
  if (tcp > 0) {
    app.connectMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: tcp } });
    await app.startAllMicroservices();
  }
  await app.listen(0, '127.0.0.1');
  const { port } = new URL(await app.getUrl());
  console.log(`listening on ${port}`);
}

void bootstrap();
