export { COPY_FORMAT } from './copy-format';
export { readCql, type CqlDefinition } from './cql-definitions';
export { cqlStatements, createdObject, type CqlStatement } from './cql-statements';
export { linesOf } from './lines-of';
export { isRefusal } from './session/cql-failure';
export { columnsOfHeader } from './ycql';
