// Scrubbing under the names of `bugstack-sdk`, by whole keys.

import { REDACTED, scrubber, type Scrubber } from '../scrub';
import { state } from '../state';

interface Fields {
  forEach(each: (value: string, key: string) => void): void;
}

export function sanitizeHeaders(headers: Fields, _client?: unknown): Record<string, string> {
  return fields(headers);
}

export function sanitizeQueryParams(url: { searchParams: Fields }, _client?: unknown): Record<string, string> {
  return fields(url.searchParams);
}

export function sanitizeObject(value: unknown, _client?: unknown): unknown {
  return scrub().value(value);
}

export function truncateBody(data: unknown, maxSize: number): { body: unknown; truncated: boolean } {
  const text = JSON.stringify(data) ?? '';
  if (text.length <= maxSize) return { body: data, truncated: false };
  if (typeof data === 'string') return { body: `${data.slice(0, maxSize)}... [TRUNCATED]`, truncated: true };
  const body = { __truncated: true, __originalSize: text.length, __maxSize: maxSize, preview: text.slice(0, maxSize) };
  return { body, truncated: true };
}

interface WebRequest {
  headers: { get(name: string): string | null };
  clone(): { text(): Promise<string> };
}

/** The body of a web request, scrubbed; null where it is none that can be. */
export async function safeParseBody(
  request: WebRequest,
  maxSize: number,
  _client?: unknown,
): Promise<{ body: unknown; truncated: boolean } | null> {
  try {
    const type = request.headers.get('content-type') ?? '';
    const text = await request.clone().text();
    if (type.includes('application/json')) return truncateBody(scrub().value(JSON.parse(text)), maxSize);
    if (type.includes('application/x-www-form-urlencoded')) return truncateBody(fields(new URLSearchParams(text)), maxSize);
    return type.startsWith('text/') ? truncateBody(scrub().text(text), maxSize) : null;
  } catch {
    return null;
  }
}

function fields(source: Fields): Record<string, string> {
  const { isSecret, text } = scrub();
  const kept: Record<string, string> = {};
  source.forEach((value, key) => (kept[key] = isSecret(key) ? REDACTED : text(value)));
  return kept;
}

function scrub(): Scrubber {
  return scrubber(state.client?.settings.redactFields);
}
