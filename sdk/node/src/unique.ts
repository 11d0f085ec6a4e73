// Names that are unique, and short names for things; nothing here is a secret, and `node:crypto` takes
// as long to load as all of this package.

/** 32 hexadecimal digits, from a generator that V8 seeds for each process. */
export function newId(): string {
  return [1, 2, 3, 4].map(() => hex(Math.random() * 2 ** 32)).join('');
}

/** An id in the form of a UUID of version 4. */
export function newUuid(): string {
  const id = newId();
  const variant = ((Number.parseInt(id.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-${variant}${id.slice(17, 20)}-${id.slice(20)}`;
}

/** 16 hexadecimal digits that tell texts apart: FNV-1a, twice. */
export function shortName(text: string): string {
  return hex(fnv(text, 0x811c9dc5)) + hex(fnv(text, 0x01000193));
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0');
}
