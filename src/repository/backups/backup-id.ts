import { decodeName } from '../layout/encode-name';

/** What a backup id says by itself. */
export interface ParsedBackupId {
  /** `ysql.orders`. */
  database: string;
  /** When the first run started, to the second. */
  startedAt: Date;
  /** The last six hex digits of the first execution run id. */
  run: string;
}

/** Parses an id; undefined if it is not a backup id. */
export function parseBackupId(id: string): ParsedBackupId | undefined {
  const match = /^(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{6})$/.exec(id);
  const database = decodeName(match?.[1] ?? '');
  if (!match || database === undefined || database === '') return undefined;
  const [, , year, month, day, hour, minute, second, run] = match;
  const startedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(startedAt.getTime()) ? undefined : { database, startedAt, run: run ?? '' };
}
