import { parseArgs } from 'node:util';
import { RELEASE_NAMES } from '../emulator';
import type { Dialect } from './cluster';

const isRelease = (text: string): text is Dialect => (RELEASE_NAMES as readonly string[]).includes(text);
const CHOICES = `${RELEASE_NAMES.slice(0, -1).join(', ')} or ${RELEASE_NAMES.at(-1) ?? ''}`;

export interface StackArguments {
  once: boolean;
  tour: boolean;
  dialect?: Dialect;
  help: boolean;
}

export const USAGE = `Usage: npm start -- [--once] [--no-tour] [--dialect <release>]

  --once      end after the tour
  --no-tour   start everything, without the guided tour
  --dialect   release of YugabyteDB to emulate: ${CHOICES}
              (fixed at the first start; default 2025.1)

Everything is kept in .kalpa/; KALPA_HOME names another folder.`;

/** Wrong usage; the message says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line. Throws `UsageError`. */
export function readArguments(argv: readonly string[]): StackArguments {
  const { values } = parsed(argv);
  const { once = false, dialect, help = false } = values;
  const tour = !(values['no-tour'] ?? false);
  if (dialect !== undefined && !isRelease(dialect)) {
    throw new UsageError(`--dialect takes ${CHOICES}, not "${dialect}".\n\n${USAGE}`);
  }
  return { once, tour, help, ...(dialect === undefined ? {} : { dialect }) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        once: { type: 'boolean' },
        'no-tour': { type: 'boolean' },
        dialect: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. To specify')[0] ?? ''}\n\n${USAGE}`);
  }
}
