import { readFile } from 'node:fs/promises';
import { InsecureConnection } from '../errors';

/**
 * The PEM that certificates are verified against. Fails with `InsecureConnection`: without it nothing can be verified.
 */
export async function readAuthority(file: string, key: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new InsecureConnection(
      `No connection was made: the authority's PEM ${file} (${key}) can't be read (${code}). Correct the path, or the permissions of the user that runs Kalpa`,
    );
  }
}
