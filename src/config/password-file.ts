import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';

/**
 * The password in a file, without the newline at its end. Read at each use, so that a rotated password holds from
 * the next use on. The message of the error names the file and never its content.
 */
export function readPassword(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new ConfigurationError(
      `The password file ${file} (${key}) can't be read: ${code}. Create it, readable by this user only.`,
    );
  }
}
