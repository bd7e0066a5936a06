import type { CliIo, Output } from './cli-io';
import { coloured } from './sanitized-output';

/** Colour only on a terminal, and never where NO_COLOR is set (no-color.org) or the terminal is dumb. */
export function supportsColour(output: Output, env: NodeJS.ProcessEnv): boolean {
  return output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

const CODES = { green: 32, yellow: 33, red: 31, bold: 1 } as const;

/** Colours text if the standard output may be coloured. */
export function painter(io: CliIo): (colour: keyof typeof CODES, text: string) => string {
  const may = supportsColour(io.stdout, io.env);
  return (colour, text) => (may ? coloured(CODES[colour], text) : text);
}

/** `1 h 5 min`, `42 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
