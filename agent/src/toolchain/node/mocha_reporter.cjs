// Writes one JSON line for every test: {file, name, status, message}.
// Names are joined from the outermost suite inwards, as jest's full names are. A hook that fails
// is a test that failed, under the hook's own name.

const { appendFileSync, writeFileSync } = require('node:fs');

const REPORT = '/tmp/bugstack-report';

const said = (error) => {
  const text = String(error?.stack ?? error?.message ?? error);
  const message = String(error?.message ?? '');
  return text.includes(message) ? text : `${message}\n${text}`;
};

module.exports = class {
  constructor(runner) {
    writeFileSync(REPORT, '');
    const tell = (test, status, error) => {
      const name = test.titlePath().filter(Boolean).join(' ');
      const file = test.file ?? test.parent?.file ?? '';
      const message = error === undefined ? '' : said(error);
      appendFileSync(REPORT, `${JSON.stringify({ file, name, status, message })}\n`);
    };
    runner.on('pass', (test) => tell(test, 'passed'));
    runner.on('fail', (test, error) => tell(test, 'failed', error ?? 'it failed'));
    runner.on('pending', (test) => tell(test, 'skipped'));
  }
};
