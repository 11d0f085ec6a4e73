// Writes one JSON line for every test: {file, name, status, message, whole_file}.
// Names are joined from the outermost suite inwards, as jest's full names are.

const said = (error) => {
  const cause = error?.cause ?? error;
  const text = cause?.stack ?? cause?.message ?? String(cause ?? '');
  const message = cause?.message ?? '';
  return text.includes(message) ? text : `${message}\n${text}`;
};

export default async function* report(events) {
  const path = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
      continue;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const name = [...path.slice(0, data.nesting), data.name].join(' ');
    const file = data.file ?? '';
    // Older releases report a file that dies outside any test as a test named after the file.
    const wholeFile = data.nesting === 0 && (data.name === file || file.endsWith(`/${data.name}`));
    if (wholeFile && type === 'test:pass') continue;
    if (data.details?.type === 'suite') {
      // A suite fails with its tests, which have lines of their own.
      if (type === 'test:pass' || data.details?.error?.failureType === 'subtestsFailed') continue;
    }
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const status = skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const message = type === 'test:fail' ? said(data.details?.error) : '';
    yield `${JSON.stringify({ file, name, status, message, whole_file: wholeFile })}\n`;
  }
}
