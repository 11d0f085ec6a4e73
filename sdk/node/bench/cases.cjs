// What is measured, each in a process of its own; the result is one line of JSON.

const { setTimeout: delay } = require('node:timers/promises');

const before = process.cpuUsage();
const sdk = require('./sdk.cjs').start();
const used = process.cpuUsage(before);

const deep = (depth, make) => (depth === 0 ? make() : deep(depth - 1, make));
/** Distinct for every SDK, by its place too: one of them takes that for the error. */
const errors = [];
function distinct(number) {
  return (errors[number] ??= new Function(`${'\n'.repeat(number)}return new Error('number ${number}')`)());
}

const cases = {
  start: async () => {
    // Long enough for what an SDK sends at its start.
    await delay(1_000);
    const all = process.cpuUsage();
    return { cpuMs: (used.user + used.system) / 1_000, allMs: (all.user + all.system) / 1_000 };
  },
  capture: async () => {
    const times = [];
    for (let number = 0; number < 500; number++) {
      const error = deep(20, () => distinct(number));
      const begin = process.hrtime.bigint();
      sdk.capture(error);
      times.push(Number(process.hrtime.bigint() - begin) / 1_000);
      await delay(3);
    }
    const [first] = times;
    times.sort((one, other) => one - other);
    return { firstUs: first, p50Us: times[250], p90Us: times[450] };
  },
  burst: async () => {
    for (let number = 0; number < 1_000; number++) distinct(number);
    const rss = process.memoryUsage.rss();
    const begin = performance.now();
    for (let number = 0; number < 1_000; number++) sdk.capture(distinct(number));
    const ms = performance.now() - begin;
    await sdk.flush(8_000);
    return { ms, rssGrowthMb: (process.memoryUsage.rss() - rss) / 1e6 };
  },
  five: async () => {
    for (let number = 0; number < 5; number++) sdk.capture(distinct(number));
    await delay(200);
    return {};
  },
  exit: async () => {
    sdk.capture(distinct(0));
    process.exit(0);
  },
  again: async () => {
    await sdk.flush(2_000);
    return {};
  },
};

cases[process.argv[2]]().then((result) => console.log(JSON.stringify(result)));
