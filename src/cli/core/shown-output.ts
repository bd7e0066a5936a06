import { randomInt } from 'node:crypto';
import { shownText } from '../../redaction';
import type { Output } from './cli-io';

/** Another number in each process: a text that isn't ours can't bear it, so it can't colour anything. */
const OURS = String(randomInt(2 ** 40, 2 ** 47));
const OUR_COLOURS = new RegExp(`(\\u001b\\[\\d+;${OURS}m)`);

/** A text in a colour of the terminal (SGR), which `printable` lets through. */
export const coloured = (code: number, text: string): string => `\u001b[${code};${OURS}m${text}\u001b[0;${OURS}m`;

/**
 * Further lines of a text that isn't ours stand indented below its first: none passes for a line of the command's own.
 */
export const hanging = (text: string): string => text.replaceAll('\n', '\n  ');

/** A name with a line feed in it forges no row. */
export const inOneLine = (text: string): string => text.replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** The same answer with each of its texts in one line: what a command prints of it forges no line of the command's own. */
export function textsInOneLine<Answer>(answer: Answer): Answer {
  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return inOneLine(value);
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, shown(of)]));
  };
  return shown(answer) as Answer;
}

const originals = new WeakMap<Output, Output>();

/**
 * What is printed, with everything that would act on the terminal shown instead: names, labels and messages are not
 * ours.
 */
export const printable = (text: string): string =>
  text
    .split(OUR_COLOURS)
    .map((part, i) => (i % 2 === 1 ? part.replace(`;${OURS}`, '') : shownText(part)))
    .join('');

/** The one way to a terminal: whatever a command prints is made harmless here, so that no command can forget to. */
export function showing(output: Output): Output {
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

/** Past it, for what moves the cursor on purpose. */
export const unshown = (output: Output): Output => originals.get(output) ?? output;
