// The ways in which a process ends. What it prints and its code must not depend on being watched.

const bugstack = require('../..');

bugstack.initBugStack();
const ways = {
  throw: () => {
    throw new TypeError('nobody caught this'); // at: throw
  },
  'throw later': () => setTimeout(() => ways.throw(), 1),
  'throw a string': () => {
    throw 'only words';
  },
  'throw nothing': () => {
    throw undefined;
  },
  reject: () => void Promise.reject(new RangeError('nobody awaited this')), // at: reject
  'reject with a string': () => void Promise.reject('only words'),
  'reject, and be heard': () => {
    process.on('unhandledRejection', (reason) => console.log(`heard ${reason.message}`));
    ways.reject();
  },
  'throw, and go on': () => {
    process.on('uncaughtException', (error) => console.log(`heard ${error.message}`));
    setTimeout(() => console.log('still here'), 20);
    ways['throw later']();
  },
  'throw in an exit listener': () => {
    process.on('exit', () => {
      throw new Error('at the very end'); // at: throw in an exit listener
    });
  },
  'chain of causes': () => {
    const inner = new Error('the disk is full');
    throw new AggregateError([new Error('first'), new Error('second')], 'both failed', { cause: inner });
  },
  'capture and exit': () => {
    void bugstack.captureError(new Error('reported'), { password: 'hidden', room: 7 }); // at: capture and exit
    process.exit(3);
  },
  'capture and end': () => void bugstack.captureError(new Error('reported')),
  'capture and be killed': () => {
    void bugstack.captureError(new Error('reported'));
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000);
  },
  'five captures': () => {
    for (let number = 1; number <= 5; number++) void bugstack.captureError(new Error(`number ${number}`));
  },
  burst: () => {
    for (let number = 1; number <= 1_000; number++) void bugstack.captureError(new Error(`number ${number}`));
    void bugstack.flush(20_000).then((delivered) => console.log(`delivered ${delivered}`));
  },
  'flush twice': async () => {
    void bugstack.captureError(new Error('reported'));
    const begin = Date.now();
    const delivered = await bugstack.flush(500);
    console.log(JSON.stringify({ delivered, late: Date.now() - begin > 2_000 }));
  },
  close: async () => {
    void bugstack.captureError(new Error('reported'));
    console.log(JSON.stringify(await bugstack.close(5_000)));
    console.log(JSON.stringify(await bugstack.captureError(new Error('too late'))));
  },
  'stay a while': () => {
    void bugstack.captureError(new Error('reported'));
    setTimeout(() => undefined, 4_000);
  },
  'large events': () => {
    for (let number = 1; number <= 20; number++) {
      void bugstack.captureError(new Error(`number ${number}`), { text: 'lorem ipsum '.repeat(150) });
    }
    void bugstack.flush(10_000);
  },
};

ways[process.argv[2]]();
