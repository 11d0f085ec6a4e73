// Stacks in the shape of `bugstack-sdk`.

import { frames } from '../stack';

export interface StackFrame {
  function?: string;
  file?: string;
  line?: number;
  column?: number;
  isNodeModule?: boolean;
  isInternal?: boolean;
}

export function parseStackTrace(stack: string | undefined): StackFrame[] {
  return frames(stack).map(({ in_app: isInApp, ...frame }) => {
    const isNodeModule = frame.file?.includes('node_modules') ?? false;
    return frame.file === undefined ? frame : { ...frame, isNodeModule, isInternal: isInApp !== true && !isNodeModule };
  });
}

export function getFirstAppFrame(found: StackFrame[]): StackFrame | undefined {
  return getAppFrames(found)[0];
}

export function getAppFrames(found: StackFrame[]): StackFrame[] {
  return found.filter((frame) => frame.isNodeModule !== true && frame.isInternal !== true);
}

export function formatStackFrames(found: StackFrame[]): string {
  const lines = found.map((frame) => {
    const place = [frame.file, frame.line, frame.column].filter((part) => part !== undefined).join(':');
    return frame.function === undefined ? `    at ${place}` : `    at ${frame.function} (${place})`;
  });
  return lines.join('\n');
}
