// `node --require @bugstack/node/preload`, or `--import`: starts from the environment alone.

import { initBugStack } from './handle';

initBugStack();

export {};
