import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';

/** Who may have such a file: this user, or root who gives it to this user's group. */
const OTHERS = 0o137;

/**
 * The text of a file that holds a secret. Refused where others than its owner and its group may read it, where others than its
 * owner may change it, and where it is somebody else's. The message of the error names the file and never its content.
 */
export function readPrivateFile(file: string, key: string): string {
  const refuse = (why: string, cure: string): ConfigurationError =>
    new ConfigurationError(`The file ${file} (${key}) can't be used: ${why}. ${cure}`);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw refuse(`reading failed with ${code}`, 'Create it, readable by this user only.');
  }
  try {
    // Of the opened file, so that nobody exchanges it between the look and the reading.
    const { mode, uid } = fstatSync(descriptor);
    const own = process.getuid?.() ?? uid;
    if (uid !== own && uid !== 0)
      throw refuse(`it belongs to user ${uid}, and this process is user ${own}`, `Give it to user ${own}: chown.`);
    if ((mode & OTHERS) !== 0)
      throw refuse(`its mode is ${(mode & 0o777).toString(8).padStart(4, '0')}`, 'Make it 0600 or 0640: chmod.');
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
