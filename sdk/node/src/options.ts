// What the host says about itself, and where to report.

import type { BugStackEvent, RequestContext } from './wire';

/** Options of `initBugStack`; the names of `bugstack-sdk` are among them. */
export interface BugStackOptions {
  /** The project's key, or `BUGSTACK_API_KEY`. Without one nothing is captured. */
  apiKey?: string | undefined;
  /** The agent's address, or `BUGSTACK_ENDPOINT`, or `http://127.0.0.1:7717`. */
  endpoint?: string | undefined;
  /** The deployed version, or `BUGSTACK_RELEASE`: a commit, or a name that contains one. */
  release?: string | undefined;
  /** The deployed commit; found in the environment or in git where it is left out. */
  commit?: string | undefined;
  /** `production`, `staging`, …, or `BUGSTACK_ENVIRONMENT`, or `NODE_ENV`. */
  environment?: string | undefined;
  /** False switches everything off. */
  enabled?: boolean | undefined;
  /** Tells on stderr what goes wrong inside this package. */
  debug?: boolean | undefined;
  /** Milliseconds that one request to the agent may take. 5,000. */
  timeout?: number | undefined;
  /** Sent with every event, scrubbed. */
  metadata?: Record<string, unknown> | undefined;
  /** Keys whose values are never sent, beside the built-in ones. Whole keys, in any spelling. */
  redactFields?: string[] | undefined;
  /** Whether headers of requests are sent; only harmless ones ever are. True. */
  captureHeaders?: boolean | undefined;
  /** Whether values of queries are sent, scrubbed. False: their names only. */
  captureQueryParams?: boolean | undefined;
  /** Whether parsed bodies of requests are sent, scrubbed. False. */
  captureRequestBody?: boolean | undefined;
  /** The longest body that is sent, in characters of JSON. 10,000. */
  maxBodySize?: number | undefined;
  /** Milliseconds in which the same error is sent once. Left out: 20 times a minute. */
  deduplicationWindow?: number | undefined;
  /** The part of events that is sent, 0 to 1. Sends on closed sockets are never sampled. */
  sampleRate?: number | undefined;
  /** Errors not to report: a part of `Type: message`, or a pattern for it. */
  ignoreErrors?: (string | RegExp)[] | undefined;
  /** False leaves an error out. */
  shouldCapture?: ((error: Error, request?: RequestContext) => boolean) | undefined;
  /** Sees every event last; null drops it. */
  beforeSend?: ((event: BugStackEvent) => BugStackEvent | null) | undefined;
  /** How many breadcrumbs an event carries; 0 collects none. 30. */
  maxBreadcrumbs?: number | undefined;
  /** How many events wait in memory at most; more go to the disk. 100. */
  maxQueue?: number | undefined;
  /** Where unsent events wait, or `BUGSTACK_STATE_DIR`; false keeps them off the disk. */
  stateDir?: string | false | undefined;
  /** How often the agent is told how much the service does, in milliseconds. 60,000. */
  pulseInterval?: number | undefined;
  /** A proxy's URL, or `HTTPS_PROXY` and `HTTP_PROXY`; false for none. */
  proxy?: string | false | undefined;
  /** Milliseconds that a crash may wait for the agent to take its event. 0: the disk is enough. */
  crashTimeout?: number | undefined;
  /** Kept for `bugstack-sdk`: sent as metadata. The key already names the project. */
  projectId?: string | undefined;
  /** Kept for `bugstack-sdk`; the agent's operator decides this. */
  autoFix?: boolean | undefined;
}

/** Options with the environment read in. */
export interface Settings {
  apiKey: string;
  endpoint: URL;
  environment: string | undefined;
  release: string | undefined;
  commit: string | undefined;
  debug: boolean;
  timeout: number;
  metadata: Record<string, unknown> | undefined;
  redactFields: string[];
  captureHeaders: boolean;
  captureQueryParams: boolean;
  captureRequestBody: boolean;
  maxBodySize: number;
  deduplicationWindow: number | undefined;
  sampleRate: number;
  ignoreErrors: (string | RegExp)[];
  shouldCapture: BugStackOptions['shouldCapture'];
  beforeSend: BugStackOptions['beforeSend'];
  maxBreadcrumbs: number;
  maxQueue: number;
  stateDir: string | false | undefined;
  pulseInterval: number;
  proxy: string | false | undefined;
  crashTimeout: number;
}

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:7717';

type Environment = Record<string, string | undefined>;

/** The settings, or why there are none. */
export function resolveOptions(options: BugStackOptions, env: Environment): Settings | string {
  if (options.enabled === false) return 'switched off by its option';
  const apiKey = stated(options.apiKey) ?? stated(env['BUGSTACK_API_KEY']);
  if (apiKey === undefined) return 'no API key: set BUGSTACK_API_KEY, or pass apiKey';
  // A header holds no other character, and a request with it would throw.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) return 'the API key holds characters that no key has';
  const address = stated(options.endpoint) ?? stated(env['BUGSTACK_ENDPOINT']) ?? DEFAULT_ENDPOINT;
  const endpoint = base(address);
  if (endpoint === undefined) return `the endpoint is no http or https URL: ${address}`;
  const { projectId } = options;
  return {
    apiKey,
    endpoint,
    environment:
      stated(options.environment) ?? stated(env['BUGSTACK_ENVIRONMENT']) ?? stated(env['NODE_ENV']),
    release: stated(options.release) ?? stated(env['BUGSTACK_RELEASE']),
    commit: stated(options.commit) ?? stated(env['BUGSTACK_COMMIT']),
    debug: options.debug === true,
    timeout: within(options.timeout, 5_000, 100, 60_000),
    metadata: projectId === undefined ? options.metadata : { projectId, ...options.metadata },
    redactFields: list(options.redactFields),
    captureHeaders: options.captureHeaders !== false,
    captureQueryParams: options.captureQueryParams === true,
    captureRequestBody: options.captureRequestBody === true,
    maxBodySize: within(options.maxBodySize, 10_000, 0, 100_000),
    deduplicationWindow: options.deduplicationWindow,
    sampleRate: within(options.sampleRate, 1, 0, 1),
    ignoreErrors: list(options.ignoreErrors),
    shouldCapture: options.shouldCapture,
    beforeSend: options.beforeSend,
    maxBreadcrumbs: within(options.maxBreadcrumbs, 30, 0, 100),
    maxQueue: within(options.maxQueue, 100, 1, 10_000),
    stateDir: options.stateDir ?? stated(env['BUGSTACK_STATE_DIR']),
    // A second at least, so that a mistake does not become a flood.
    pulseInterval: within(options.pulseInterval, 60_000, 1_000, 3_600_000),
    proxy: options.proxy,
    crashTimeout: within(options.crashTimeout, 0, 0, 10_000),
  };
}

function stated(text: unknown): string | undefined {
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

function list<T>(items: T[] | undefined): T[] {
  return Array.isArray(items) ? items : [];
}

function within(value: unknown, otherwise: number, least: number, most: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.min(Math.max(value, least), most);
}

/** The agent's base address; `bugstack-sdk` wants the path of its own API in it. */
function base(address: string): URL | undefined {
  try {
    const url = new URL(address);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
    url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/api\/(capture|v1(\/events)?)$/, '');
    url.search = '';
    url.hash = '';
    return url;
  } catch {
    return undefined;
  }
}
