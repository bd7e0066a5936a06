/** One run of a tool, without its standard input and environment: those carry rows and secrets. */
export interface ToolCall {
  kind: 'tool';
  /** When it was started. */
  at: Date;
  milliseconds: number;
  tool: string;
  args: readonly string[];
  /** What it ran, if that came from a file. */
  script?: string;
  /** Undefined if it was ended, or could not be started; `failure` says how. */
  exitCode?: number;
  /** Absent if it was read as a stream: streams carry rows. */
  stdout?: string;
  stderr: string;
  /** A file that it wrote, if that is text and no longer than the limit for recorded output. */
  made?: string;
  failure?: string;
}

/** One GET of a web page. */
export interface PageCall {
  kind: 'page';
  at: Date;
  milliseconds: number;
  url: string;
  /** Undefined if there was no response. */
  status?: number;
  body?: string;
  failure?: string;
}

export type Call = ToolCall | PageCall;

const listeners = new Set<(call: Call) => void>();

/** From now on calls `listener` after every tool run and page of this process. Returns the function that stops this. */
export function onCall(listener: (call: Call) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Whether anyone is listening; otherwise nothing is recorded. */
export const hasCallListeners = (): boolean => listeners.size > 0;

export function notifyCall(call: Call): void {
  for (const listener of listeners) listener(call);
}
