import { Module } from '@nestjs/common';
import { ChatGateway } from './chat/chat.gateway';
import { HealthController } from './health/health.controller';
import { HistoryGateway } from './history/history.gateway';
import { HistoryService } from './history/history.service';
import { NoticesGateway } from './notices/notices.gateway';
import { PresenceGateway } from './presence/presence.gateway';
import { RoomsGateway } from './rooms/rooms.gateway';

@Module({
  controllers: [HealthController],
  providers: [
    ChatGateway,
    HistoryGateway,
    HistoryService,
    NoticesGateway,
    PresenceGateway,
    RoomsGateway,
  ],
})
export class AppModule {}
