import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';

/**
 * Mode bits that such a file must not have: only this user may access it, or root and, through its group, this user.
 */
const OTHERS = 0o137;

/**
 * The text of a file that holds a secret. Refused if anybody but its owner and its group may read it, if anybody but
 * its owner may change it, or if it belongs to someone else. The error message names the file and never its content.
 */
export function readPrivateFile(file: string, key: string): string {
  return inPrivateFile(file, key, (descriptor) => readFileSync(descriptor, 'utf8'));
}

/**
 * Checks the same without reading. A file that does not exist passes if `missing` says so: its user reports that
 * better.
 */
export function confirmPrivateFile(file: string, key: string, { missing = false }: { missing?: boolean } = {}): void {
  if (missing && !existsSync(file)) return;
  inPrivateFile(file, key, () => undefined);
}

function inPrivateFile<T>(file: string, key: string, work: (descriptor: number) => T): T {
  const refuse = (why: string, cure: string): ConfigurationError =>
    new ConfigurationError(`The file ${file} (${key}) can't be used: ${why}. ${cure}`);
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // do not block on a FIFO
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw refuse(`reading failed with ${code}`, 'Create it, readable by this user only.');
  }
  try {
    // Of the opened file, so that nobody can exchange it between check and read.
    const found = fstatSync(descriptor);
    const own = process.getuid?.() ?? found.uid;
    if (!found.isFile()) throw refuse('it is not a file', 'Name a file that contains the secret and nothing else.');
    if (found.uid !== own && found.uid !== 0)
      throw refuse(
        `it belongs to user ${found.uid}, and this process is user ${own}`,
        `Give it to user ${own}: chown.`,
      );
    if ((found.mode & OTHERS) !== 0)
      throw refuse(`its mode is ${(found.mode & 0o777).toString(8).padStart(4, '0')}`, 'Make it 0600 or 0640: chmod.');
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The password in a file, without its trailing newline. Read at each use, so that a rotated password takes effect at
 * once. Refused if others may read it; the error message names the file and never its content.
 */
export const readPassword = (file: string, key: string): string => readPrivateFile(file, key).replace(/\r?\n$/, '');
