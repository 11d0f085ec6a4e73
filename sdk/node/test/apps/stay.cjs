// Starts, sends what is left of earlier processes, and ends.

const { close, initBugStack } = require('../..');

initBugStack();
close(10_000).then((delivered) => console.log(delivered));
