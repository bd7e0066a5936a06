import { randomInt } from 'node:crypto';
import { escapeControls } from '../../redaction';
import type { Output } from './cli-io';

/** Random in each process: text from elsewhere can't contain it, so it can't set colours. */
const OURS = String(randomInt(2 ** 40, 2 ** 47));
const OUR_COLOURS = new RegExp(`(\\u001b\\[\\d+;${OURS}m)`);

/** Text in a terminal colour (SGR), which `printable` lets through. */
export const coloured = (code: number, text: string): string => `\u001b[${code};${OURS}m${text}\u001b[0;${OURS}m`;

/** Further lines of text from elsewhere are indented below its first, so that none passes for the command's own. */
export const indentContinuation = (text: string): string => text.replaceAll('\n', '\n  ');

/** A line feed in a name must not forge a row. */
export const onOneLine = (text: string): string => text.replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** The same result with each of its strings on one line, so that none can forge a line of the command's own. */
export function textsInOneLine<Answer>(answer: Answer): Answer {
  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return onOneLine(value);
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, shown(of)]));
  };
  return shown(answer) as Answer;
}

const originals = new WeakMap<Output, Output>();

/** Text for the terminal, with control sequences made visible: names, labels and messages come from elsewhere. */
export const printable = (text: string): string =>
  text
    .split(OUR_COLOURS)
    .map((part, i) => (i % 2 === 1 ? part.replace(`;${OURS}`, '') : escapeControls(part)))
    .join('');

/**
 * The only way to the terminal: everything that a command prints is made harmless here, so that no command can forget
 * it.
 */
export function sanitized(output: Output): Output {
  const shown = new Proxy(output, {
    get: (target, name) => {
      if (name === 'write') return (text: string) => target.write(printable(text));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  originals.set(shown, output);
  return shown;
}

/** Bypasses it, for moving the cursor on purpose. */
export const rawOutput = (output: Output): Output => originals.get(output) ?? output;
