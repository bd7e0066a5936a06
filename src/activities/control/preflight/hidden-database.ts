import { bareName, languageOf, SCRATCH_NAME } from '../../../contract';

/**
 * Why Kalpa leaves a database alone, as in `ysql.x is …`; undefined: it is a user's own. Only what can be renamed ever
 * has a scratch name.
 */
export function hiddenAs(database: string): string | undefined {
  if (!languageOf(database).renames) return undefined;
  if (SCRATCH_NAME.test(bareName(database))) return 'the scratch database of a restore or load';
  return /^template[01]$/.test(bareName(database)) ? 'a template of the system' : undefined;
}
