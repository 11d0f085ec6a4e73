// Express with nothing but the one call.

const { initBugStack } = require('../..');

initBugStack();
const express = require(process.argv[2]);

const app = express();
app.use(express.json());
app.get('/users/:id', (request) => {
  throw new TypeError(`no user ${request.params.id}`); // at: thrown
});
app.get('/next', (_request, _response, next) => next(new Error('handed on'))); // at: next
app.get('/late', async (_request, _response, next) => {
  await null;
  next(new Error('later')); // at: late
});
app.get('/teapot', (_request, _response, next) => next(Object.assign(new Error('short and stout'), { status: 418 })));
app.get('/skip', (_request, _response, next) => next('route'));
app.get('/skip', (_request, response) => response.send('skipped'));
app.post('/body', () => {
  throw new Error('with a body');
});
app.use((error, _request, response, _next) => response.status(error.status ?? 500).send('handled'));
const server = app.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
