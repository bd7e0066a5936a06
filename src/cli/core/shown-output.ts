import { shownText } from '../../redaction';
import type { Output } from './cli-io';

/** The colours that `painter` uses; any other escape is not ours. */
const OUR_COLOURS = new RegExp('(\\u001b\\[(?:0|1|31|32|33)m)');

const originals = new WeakMap<Output, Output>();

/** What is printed, with everything that would act on the terminal shown instead: names, labels and messages are not ours. */
export const printable = (text: string): string =>
  text
    .split(OUR_COLOURS)
    .map((part, i) => (i % 2 === 1 ? part : shownText(part)))
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
