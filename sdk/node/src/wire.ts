// The wire, as docs/wire.md describes it: what this package sends, and nothing else.

/** How bad it was. */
export type Level = 'fatal' | 'error' | 'warning' | 'info';

/** How a failed send reached the program. */
export type Outcome = 'thrown' | 'called_back' | 'dropped';

/** One line of a stack. Lines and columns count from 1. */
export interface Frame {
  function?: string;
  file?: string;
  line?: number;
  column?: number;
  in_app?: boolean;
}

/** An error value with the stack it carried, innermost frame first. */
export interface Exception {
  type: string;
  message: string;
  frames: Frame[];
}

/** A send on a socket that was not open. */
export interface SendFailure {
  /** 0 CONNECTING, 2 CLOSING, 3 CLOSED. */
  ready_state: number;
  outcome: Outcome;
  /** Milliseconds between the socket's close and this send. */
  closed_for_ms?: number;
  /** Bytes waiting in the socket. */
  buffered_amount?: number;
  /** RFC 6455 §7.4. */
  close_code?: number;
}

/** What was being served. Values of queries are left out unless the host asks for them. */
export interface RequestContext {
  protocol: 'http' | 'ws' | 'rpc';
  method?: string;
  url?: string;
  route?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Of a WebSocket or microservice message: what it asked for. */
  pattern?: string;
  /** The gateway or controller class. */
  class?: string;
  handler?: string;
}

/** Something that happened before. */
export interface Breadcrumb {
  timestamp: string;
  category: string;
  message: string;
}

/** One occurrence of an error. */
export interface BugStackEvent {
  id: string;
  timestamp: string;
  platform: 'node';
  level: Level;
  exceptions: Exception[];
  mechanism: { kind: string; handled: boolean };
  release?: string;
  commit?: string;
  environment?: string;
  send?: SendFailure;
  request?: RequestContext;
  breadcrumbs?: Breadcrumb[];
  metadata?: Record<string, unknown>;
  sdk?: { name: string; version: string };
}

/** What a process did since its last pulse. */
export interface Counts {
  sends: number;
  sends_not_open: number;
  connections: number;
  requests: number;
  panics: number;
}

/** How much an application does. */
export interface Pulse {
  instance: string;
  release?: string;
  commit?: string;
  environment?: string;
  counts: Counts;
}
