import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { initBugStack, installGlobalHandlers } from 'bugstack-sdk/generic';
import { AppModule } from './app.module';

initBugStack({
  apiKey: process.env.BUGSTACK_API_KEY ?? '',
  endpoint: process.env.BUGSTACK_ENDPOINT,
});
installGlobalHandlers();

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(Number(process.env.PORT ?? 3000));
  const { port } = new URL(await app.getUrl());
  console.log(`listening on ${port}`);
}

void bootstrap();
