// Every entry in one file: a process pays for each file that it loads.

export * as index from './index';
export * as generic from './generic';
export * as express from './express';
export * as fastify from './fastify';
