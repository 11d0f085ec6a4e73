// What must not leave the process: values of keys that name a secret, whole keys only.

/** The last words of such a key, however it is spelt: `accessToken`, `access_token`, `ACCESS-TOKEN`. */
const SECRETS = new Set([
  'authorization', 'cookie', 'cookies', 'password', 'passwd', 'passphrase', 'pwd', 'secret', 'secrets',
  'token', 'tokens', 'jwt', 'bearer', 'credential', 'credentials', 'csrf', 'xsrf', 'saml', 'otp', 'pin',
  'ssn', 'cvv', 'cvc', 'iban', 'auth', 'signature', 'session', 'sid', 'sso',
  'apikey', 'api key', 'access key', 'private key', 'secret key', 'session id', 'credit card', 'card number',
  'client secret', 'encryption key', 'set cookie',
]);
/** Headers that help, and that name nobody. */
const HEADERS = new Set([
  'accept', 'accept-encoding', 'accept-language', 'connection', 'content-length', 'content-type', 'host',
  'origin', 'sec-websocket-extensions', 'sec-websocket-version', 'traceparent', 'upgrade', 'user-agent',
  'x-request-id',
]);
export const REDACTED = '[redacted]';
const DEPTH = 6;
const ENTRIES = 100;
const STRING_CHARACTERS = 2_000;

export interface Scrubber {
  /** A copy without secrets, of bounded depth and width. */
  value(value: unknown): unknown;
  /** Without the values of the query, or with the harmless ones. */
  url(url: string, withValues: boolean): string;
  /** Secrets in addresses and in `key=value` are taken out of a text. */
  text(text: string): string;
  headers(headers: Record<string, unknown>): Record<string, string>;
  isSecret(key: string): boolean;
}

export function scrubber(redactFields: string[] = []): Scrubber {
  const own = new Set(redactFields.map(words));
  const isSecret = (key: string): boolean => {
    const spelt = words(key);
    if (own.has(spelt) || SECRETS.has(spelt)) return true;
    const parts = spelt.split(' ');
    return SECRETS.has(parts.slice(-1).join(' ')) || SECRETS.has(parts.slice(-2).join(' '));
  };
  const text = (text: string): string =>
    text
      .replace(/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,256}@/gi, '$1')
      .replace(/\b(Bearer|Basic) +[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`)
      .replace(/([\w-]{1,64})(=|["'] ?: ?["'])([^\s&"',;}]{1,2048})/g, (whole, key: string, sign: string) =>
        isSecret(key) ? `${key}${sign}${REDACTED}` : whole,
      );
  const value = (value: unknown): unknown => copy(value, 0, new Set());
  function copy(value: unknown, depth: number, above: Set<object>): unknown {
    if (typeof value === 'string') return text(value.slice(0, STRING_CHARACTERS));
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Error) return `${value.name}: ${text(value.message)}`;
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (depth >= DEPTH || above.has(value)) return '[…]';
    above.add(value);
    const copied = Array.isArray(value)
      ? value.slice(0, ENTRIES).map((item) => copy(item, depth + 1, above))
      : fields(value, depth, above);
    above.delete(value);
    return copied;
  }
  function fields(value: object, depth: number, above: Set<object>): Record<string, unknown> {
    const copied: Record<string, unknown> = {};
    for (const key of Object.keys(value).slice(0, ENTRIES)) {
      const field = isSecret(key) ? REDACTED : copy((value as Record<string, unknown>)[key], depth + 1, above);
      Object.defineProperty(copied, key, { value: field, enumerable: true });
    }
    return copied;
  }
  return {
    value,
    text,
    isSecret,
    url: (url, withValues) => {
      const [place = '', query] = text(url.slice(0, STRING_CHARACTERS)).split('#')[0]?.split('?') ?? [];
      if (query === undefined || query === '') return place;
      const kept = query.split('&').slice(0, ENTRIES).map((pair) => {
        const [key = '', ...rest] = pair.split('=');
        if (rest.length === 0) return key;
        return `${key}=${withValues ? (isSecret(decoded(key)) ? REDACTED : rest.join('=')) : ''}`;
      });
      return `${place}?${kept.join('&')}`;
    },
    headers: (headers) => {
      const kept: Record<string, string> = {};
      for (const [name, value] of Object.entries(headers)) {
        const key = name.toLowerCase();
        if (!HEADERS.has(key) || isSecret(key) || typeof value !== 'string') continue;
        kept[key] = text(value.slice(0, 512));
      }
      return kept;
    },
  };
}

/** `accessToken`, `ACCESS_TOKEN` and `access-token` are `access token`. */
function words(key: string): string {
  return key
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
