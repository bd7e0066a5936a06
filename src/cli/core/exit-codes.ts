/** Exit codes of the command line, as the contract fixes them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  interrupted: 130,
} as const;

/** For the end of each command's help. */
export const EXIT_TEXT: Record<number, string> = {
  [EXIT.done]: 'done',
  [EXIT.failed]: 'failed or cancelled; the reason is on stderr',
  [EXIT.usage]: 'wrong usage, configuration or input',
  [EXIT.refused]: 'refused before anything was changed',
  [EXIT.unreachable]: "Temporal can't be reached",
  [EXIT.interrupted]: 'Ctrl-C while watching; the run continues',
};
