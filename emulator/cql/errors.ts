/** A statement that the YCQL server refuses, as the driver inside ycqlsh shows it. */
export class CqlError extends Error {
  override readonly name = 'CqlError';

  constructor(
    readonly kind: 'SyntaxException' | 'InvalidRequest' | 'Unauthorized' | 'ServerError',
    message: string,
  ) {
    super(message);
  }
}

export const syntaxError = (problem: string): CqlError =>
  new CqlError('SyntaxException', `Invalid SQL Statement. syntax error, ${problem} (ql error -11)`);

export const invalid = (message: string): CqlError => new CqlError('InvalidRequest', message);

export const keyspaceNotFound = (name: string): CqlError =>
  invalid(`Keyspace Not Found. Cannot use unknown keyspace ${name} (ql error -308)`);

export const tableNotFound = (name: string): CqlError => invalid(`Object Not Found. ${name} (ql error -301)`);
