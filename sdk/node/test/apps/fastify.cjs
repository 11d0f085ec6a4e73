// Fastify with nothing but the one call.

const { initBugStack } = require('../..');

initBugStack({ captureRequestBody: true, captureQueryParams: true });
const fastify = require('fastify')();

fastify.get('/users/:id', async (request) => {
  throw new TypeError(`no user ${request.params.id}`); // at: thrown
});
fastify.get('/teapot', async () => {
  throw Object.assign(new Error('short and stout'), { statusCode: 418 });
});
fastify.listen({ port: 0, host: '127.0.0.1' }).then((address) => console.log(`listening on ${new URL(address).port}`));
