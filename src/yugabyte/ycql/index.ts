export { COPY_FORMAT, type CopyFormat, type CopyOption } from './copy-format';
export { readCql, type CqlDefinition, type CqlReport } from './cql-definitions';
export { cqlStatements, createdObject, type CqlStatement } from './cql-statements';
export type { CqlColumn } from './insert-statement';
export { linesOf } from './lines-of';
export type { CqlOptions } from './session/cql-connection';
export { isRefusal } from './session/cql-failure';
export { columnsOfHeader, type CopyTableInput } from './ycql';
