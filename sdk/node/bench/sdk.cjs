// One face for the three SDKs: `SDK`, `PORT` and `STATE` choose.

const { SDK, PORT, STATE } = process.env;

const starts = {
  bare: () => ({ capture: () => undefined, flush: async () => true }),
  '@bugstack/node': () => {
    const sdk = require('..');
    sdk.initBugStack({ apiKey: 'bs_test', endpoint: `http://127.0.0.1:${PORT}`, stateDir: STATE });
    return { capture: (error) => void sdk.captureError(error), flush: (ms) => sdk.flush(ms) };
  },
  '@sentry/node': () => {
    const sdk = require('@sentry/node');
    sdk.init({ dsn: `http://public@127.0.0.1:${PORT}/1` });
    return { capture: (error) => void sdk.captureException(error), flush: (ms) => sdk.flush(ms) };
  },
  'bugstack-sdk': () => {
    const sdk = require('bugstack-sdk/generic');
    sdk.initBugStack({ apiKey: 'bs_test', endpoint: `http://127.0.0.1:${PORT}/api/capture`, debug: false });
    sdk.installGlobalHandlers();
    return { capture: (error) => void sdk.captureError(error), flush: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
  },
};

exports.start = starts[SDK];
