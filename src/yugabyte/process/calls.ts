/** One run of a tool. What it was given on standard input or by environment is not in it: rows and secrets go there. */
export interface ToolCall {
  kind: 'tool';
  /** When it was started. */
  at: Date;
  milliseconds: number;
  tool: string;
  args: readonly string[];
  /** What it ran, where a file said that. */
  script?: string;
  /** Undefined when it was ended, or could not be started; `failure` says how. */
  exitCode?: number;
  /** Absent where it was read as a stream: those are rows. */
  stdout?: string;
  stderr: string;
  /** A file that it wrote, where it is text and not longer than what is kept of an output. */
  made?: string;
  failure?: string;
}

/** One GET of a web page. */
export interface PageCall {
  kind: 'page';
  at: Date;
  milliseconds: number;
  url: string;
  /** Undefined when nothing answered. */
  status?: number;
  body?: string;
  failure?: string;
}

export type Call = ToolCall | PageCall;

const listeners = new Set<(call: Call) => void>();

/** Tells every tool run and every page of this process from now on, when it has ended. Returns what ends that. */
export function hearCalls(listener: (call: Call) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Whether anybody listens; nothing is kept for nobody. */
export const callsAreHeard = (): boolean => listeners.size > 0;

export function tellCall(call: Call): void {
  for (const listener of listeners) listener(call);
}
