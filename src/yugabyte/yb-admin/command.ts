import type { Capabilities } from '../releases';

/** One operation of yb-admin: its input, and the meaning of its standard output. */
export interface Command<I, O> {
  /** The operation's name. */
  readonly name: string;
  /** It may change the cluster: after a time-out check, never repeat blindly. */
  readonly mutates: boolean;
  /** It changes the cluster in several steps, so that even a clear refusal may come after the first of them. */
  readonly severalSteps?: true;
  /** It prints a list that grows with the cluster, so a larger limit applies to its output. */
  readonly lists?: true;
  /** Operation and arguments. Fails with `NotSupported` if the release has no such operation. */
  argv(input: I, release: Capabilities): string[];
  /** A second form, tried once if the first one was refused for its arguments (before any RPC was sent). */
  argvWhenRefused?(input: I, release: Capabilities): string[] | undefined;
  /**
   * Parses standard output as it arrives, for output that may be larger than what is held in memory; undefined: it is
   * collected for `parse`. Fails with `UnexpectedOutput`.
   */
  lines?(input: I, release: Capabilities): LineReader<O> | undefined;
  /** Parses standard output. Fails with `UnexpectedOutput`. `argv` is the form that was accepted. */
  parse(stdout: string, release: Capabilities, input: I, argv: readonly string[]): O;
}

/** Parses an output of which only a part is kept. */
export interface LineReader<O> {
  /** True if some of the line is kept. Fails with `UnexpectedOutput`. */
  line(text: string): boolean;
  /** The parsed result. Fails with `UnexpectedOutput`. */
  end(): O;
}
