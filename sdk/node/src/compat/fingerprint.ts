// Fingerprints as `bugstack-sdk` has them: type, route and the first line of the stack.

/** Stable for the same error; the agent groups by more than this. */
export function generateErrorFingerprint(error: { name?: string; route?: string; stack?: string }): string {
  return generateFingerprintFromParts(error.name ?? 'Error', error.route ?? 'unknown', error.stack);
}

export function generateFingerprintFromParts(name: string, route: string, stack?: string): string {
  const lines = (stack ?? '').split('\n').map((line) => line.trim());
  const line = lines.find((each) => each.startsWith('at ')) ?? lines.find((each) => each !== '') ?? 'unknown';
  let hash = 5381;
  for (const unit of `${name || 'Error'}:${route || 'unknown'}:${line}`.split('')) {
    hash = (Math.imul(hash, 33) + unit.charCodeAt(0)) | 0;
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
