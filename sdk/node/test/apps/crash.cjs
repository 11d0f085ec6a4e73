// A crash that is to be told at once.

require('../..').initBugStack({ crashTimeout: 5_000 });
setTimeout(() => {
  throw new Error('over');
}, 10);
