import { readPrivateFile } from './private-file';

/**
 * The password in a file, without the newline at its end. Read at each use, so that a rotated password holds from
 * the next use on. Refused where others may read it; the message of the error names the file and never its content.
 */
export const readPassword = (file: string, key: string): string => readPrivateFile(file, key).replace(/\r?\n$/, '');
