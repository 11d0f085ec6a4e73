import { FastifyReply, FastifyRequest } from 'fastify';

export function answer(request: FastifyRequest, reply: FastifyReply): void {
  reply.send({ ok: true });
}
