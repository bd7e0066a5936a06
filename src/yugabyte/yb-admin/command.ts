import type { Capabilities } from '../releases';

/** One operation of yb-admin: what it is given, and what its standard output means. */
export interface Command<I, O> {
  /** The operation's word. */
  readonly name: string;
  /** It may change the cluster: after a time-out look, never repeat blindly. */
  readonly mutates: boolean;
  /** It changes the cluster in several steps, so that even a clear refusal may come after the first of them. */
  readonly severalSteps?: true;
  /** It prints a list that grows with the cluster, so more of its output is read than of an answer. */
  readonly lists?: true;
  /** Operation and arguments. Fails with `NotSupported` where the release has no such operation. */
  argv(input: I, release: Capabilities): string[];
  /** A second form, tried once when the first one was refused for its arguments (before any RPC was sent). */
  argvWhenRefused?(input: I, release: Capabilities): string[] | undefined;
  /**
   * Reads standard output while it comes, for what may be larger than is held in memory; undefined: it is gathered for
   * `parse`. Fails with
   * `UnexpectedOutput`.
   */
  lines?(input: I, release: Capabilities): LineReader<O> | undefined;
  /** Reads standard output. Fails with `UnexpectedOutput`. `argv` is the form that was accepted. */
  parse(stdout: string, release: Capabilities, input: I, argv: readonly string[]): O;
  /** What yb-admin's exit code 1 means where it is an answer and not a failure. */
  answerOfFailure?(failure: { masterError?: number | undefined; reason: string }): O | undefined;
}

/** Reads an output of which only a part is kept. */
export interface LineReader<O> {
  /** True when something of it is kept. Fails with `UnexpectedOutput`. */
  line(text: string): boolean;
  /** What was read. Fails with `UnexpectedOutput`. */
  end(): O;
}
