// Options that are functions, and reports in every way.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const bugstack = require('../..');

const { captureError, close, initBugStack } = bugstack;
const cases = {
  beforeSend: async () => {
    const beforeSend = (event) => {
      if (event.message === 'drop') return null;
      if (event.message === 'old') event.message = 'changed';
      else event.exceptions[0].message = 'changed too';
      return event;
    };
    initBugStack({ beforeSend });
    for (const word of ['old', 'new', 'drop']) await captureError(new Error(word));
  },
  'throwing hook': async () => {
    const beforeSend = (event) => {
      if (event.message === 'first') throw new Error('in the hook');
      return event;
    };
    initBugStack({ beforeSend });
    for (const word of ['first', 'second']) await captureError(new Error(word));
  },
  shouldCapture: async () => {
    initBugStack({ shouldCapture: (error) => error.message !== 'left out' });
    for (const word of ['left out', 'kept']) await captureError(new Error(word));
  },
  ignoreErrors: async () => {
    initBugStack({ ignoreErrors: ['TypeError: not', /^RangeError/] });
    for (const error of [new TypeError('not this'), new RangeError('nor this'), new Error('kept')]) await captureError(error);
  },
  'sampled out': async () => {
    initBugStack({ sampleRate: 0 });
    await captureError(new Error('x'));
  },
  repeats: async () => {
    initBugStack();
    for (let number = 0; number < 50; number++) await captureError(new Error('again'));
  },
  window: async () => {
    initBugStack({ deduplicationWindow: 60_000 });
    for (let number = 0; number < 50; number++) await captureError(new Error('again'));
  },
  'same object': async () => {
    initBugStack();
    const error = new Error('one');
    await captureError(error, { first: 1 });
    await captureError(error, { second: 2 });
  },
  inert: async () => {
    const client = initBugStack();
    console.log(client.enabled, await captureError(new Error('x')), await bugstack.flush());
  },
  copies: async () => {
    initBugStack();
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'bugstack-copy-'));
    fs.cpSync(path.join(__dirname, '..', '..', 'dist'), copy, { recursive: true });
    const other = require(path.join(copy, 'generic.js'));
    console.log(other.initBugStack({ apiKey: 'another' }).enabled);
    await other.captureError(new Error('from the other copy'));
    fs.rmSync(copy, { recursive: true });
  },
  wrapped: async () => {
    initBugStack();
    const { wrapFunction, withErrorCapture } = bugstack;
    const words = [];
    try {
      wrapFunction(() => {
        throw new Error('sync');
      })();
    } catch (error) {
      words.push(error.message);
    }
    const rejecting = wrapFunction(async () => Promise.reject(new Error('async')));
    await rejecting().catch((error) => words.push(error.message));
    const route = withErrorCapture(async () => Promise.reject(new Error('route')));
    await route({ method: 'GET', url: 'http://host/x' }, {}).catch((error) => words.push(error.message));
    words.push(wrapFunction((number) => number)(7));
    console.log(words.join(' '));
  },
};

cases[process.argv[2]]().then(() => close(5_000));
