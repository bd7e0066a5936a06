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

const CODES = {
  SyntaxException: '2000 [Syntax error in CQL query]',
  InvalidRequest: '2200 [Invalid query]',
  Unauthorized: '2100 [Unauthorized]',
  ServerError: '0000 [Server error]',
} as const;

/** The line that ycqlsh prints. */
export const printedError = ({ kind, message }: Pick<CqlError, 'kind' | 'message'>): string =>
  `${kind}: Error from server: code=${CODES[kind]} message="${message}"`;

export const syntaxError = (what: string): CqlError =>
  new CqlError('SyntaxException', `Invalid SQL Statement. syntax error, ${what} (ql error -11)`);

export const invalid = (message: string): CqlError => new CqlError('InvalidRequest', message);

export const keyspaceNotFound = (name: string): CqlError =>
  invalid(`Keyspace Not Found. Cannot use unknown keyspace ${name} (ql error -308)`);

export const tableNotFound = (name: string): CqlError => invalid(`Object Not Found. ${name} (ql error -301)`);
