import { stripVTControlCharacters } from 'node:util';
import type { Output } from './cli-io';

/** Columns of a terminal; undefined without one: nothing is then wrapped, folded or cut. */
export function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : undefined;
}

/** Colour codes have no width. */
const columnsOf = (text: string): number => stripVTControlCharacters(text).length;

/** A command on its own line, perhaps after a label (`Cancel it:      kalpa cancel …`). */
const COMMAND_LINE = /^\s*(?:[A-Z][\w ]*:\s+)?kalpa \w/;

/**
 * Prose wrapped between words to the width of the terminal. Lines that fit are unchanged. Commands stay whole, so that
 * they can be copied, and so does any word (an id, a link) that is longer than a line: the terminal itself wraps those,
 * and copies them whole.
 * `hang`: extra indentation of continuation lines, in columns.
 */
export function fitText(text: string, width: number | undefined, hang = 0): string {
  if (width === undefined) return text;
  return text
    .split('\n')
    .map((line) => (columnsOf(line) <= width || COMMAND_LINE.test(line) ? line : fitLine(line, width, hang)))
    .join('\n');
}

function fitLine(line: string, width: number, hang: number): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const next = `${indent}${' '.repeat(hang)}`;
  const lines: string[] = [];
  let current = indent;
  for (const [, gap = '', word = ''] of line.slice(indent.length).matchAll(/(\s*)(\S+)/g)) {
    const whole = current + gap + word;
    // Breaking before a word that is longer than a line gains nothing.
    const better = current.trim() !== '' && next.length + columnsOf(word) <= width;
    if (columnsOf(whole) <= width || !better) current = whole;
    else {
      lines.push(current);
      current = next + word;
    }
  }
  return [...lines, current].join('\n');
}

/** Facts side by side as far as they fit, each wrapped if it alone is too wide. */
export function fitFacts(facts: readonly string[], width: number, indent: string): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 2 + columnsOf(fact) <= width)
      lines[lines.length - 1] = `${last}  ${fact}`;
    else lines.push(indent + fact);
  }
  return lines.flatMap((line) => fitText(line, width, indent.length).split('\n'));
}

/** A name of at most `width` columns, its middle left out: both ends help to tell names apart. */
export function cutInTheMiddle(name: string, width: number): string {
  if (name.length <= width) return name;
  const kept = Math.max(0, width - 1);
  return `${name.slice(0, Math.ceil(kept / 2))}…${kept < 2 ? '' : name.slice(-Math.floor(kept / 2))}`;
}
