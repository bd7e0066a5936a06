import { DatabaseError } from 'pg';
import { CqlError, keyspaceNotFound } from '../errors';
import { executeDelete, executeInsert, executeUpdate } from './execute-rows';
import { executeSchema } from './execute-schema';
import { keyspaceExists } from '../catalog/keyspaces';
import { parseCql } from '../language/parse';
import type { CqlResult } from './result';
import type { Markers } from '../language/reader';
import type { Page } from './pages';
import { executeSelect } from './select';
import type { Session } from './session';
import type { Statement } from '../language/statements';

/**
 * Runs one CQL statement. Throws a `CqlError`, also if PostgreSQL refuses it; an open transaction is then rolled back.
 */
export async function execute(
  session: Session,
  text: string,
  { markers, page }: { markers?: Markers | undefined; page?: Page | undefined } = {},
): Promise<CqlResult> {
  try {
    return await run(session, parseCql(text, markers), page);
  } catch (error) {
    await session.endTransaction('ROLLBACK');
    if (error instanceof DatabaseError) throw new CqlError('InvalidRequest', `Execution Error. ${error.message}`);
    throw error;
  }
}

async function run(session: Session, statement: Statement, page?: Page): Promise<CqlResult> {
  switch (statement.kind) {
    case 'insert':
      return await executeInsert(session, statement);
    case 'update':
      return await executeUpdate(session, statement);
    case 'delete':
      return await executeDelete(session, statement);
    case 'select':
      return await executeSelect(session, statement, page);
    case 'use':
      if (!/^system(?:_|$)/.test(statement.name) && !(await keyspaceExists(session.cluster, statement.name)))
        throw keyspaceNotFound(statement.name);
      session.keyspace = statement.name;
      return { kind: 'keyspace', keyspace: statement.name };
    case 'begin':
      session.transaction ??= new Set();
      return await run(session, statement.first);
    case 'commit':
      await session.endTransaction('COMMIT');
      return { kind: 'void' };
    default:
      return await executeSchema(session, statement);
  }
}
