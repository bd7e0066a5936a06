import type { SqlConnection, SqlOptions } from './sql-connection';
import { given } from '../../../objects/given';

export interface YsqlVersion {
  /** As reported by the server: `15.2-YB-2025.1.1.0-b100`. */
  text: string;
  /** The YugabyteDB release in it, `2025.1.1.0`; undefined if it names none. */
  release?: string;
}

export async function serverVersion(sql: SqlConnection, options?: SqlOptions): Promise<YsqlVersion> {
  return await sql.use(
    sql.home,
    'read the version',
    async (query) => {
      const [row] = await query<{ server_version: string }>('SHOW server_version');
      const text = row?.server_version ?? '';
      const release = /-YB-(\d+(?:\.\d+)+)/.exec(text)?.[1];
      return { text, ...given({ release }) };
    },
    options,
  );
}
