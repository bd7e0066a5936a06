import { accessSync, constants, statSync } from 'node:fs';
import type { KalpaConfig } from '../../config';
import { ok, problem, reason, warning, type Check } from './check';

/** Files that this configuration names: passwords readable by us alone, data directories readable and writable. */
export function permissionChecks(config: KalpaConfig): Check[] {
  const passwords = [
    ['ysql.passwordFile', config.ysql.passwordFile],
    ['ycql.passwordFile', config.ycql?.passwordFile],
  ].flatMap(([key, file]) => (key !== undefined && file !== undefined ? [passwordCheck(key, file)] : []));
  const folders = (config.node?.dataDirs ?? []).map(folderCheck);
  const checks = [...passwords, ...folders];
  return checks.length > 0
    ? checks
    : [ok('permissions', 'the configuration names no password file and no data directory')];
}

function passwordCheck(key: string, file: string): Check {
  try {
    accessSync(file, constants.R_OK);
    const others = statSync(file).mode & 0o077;
    return others === 0
      ? ok('permissions', `${key} is readable by its owner alone`)
      : warning('permissions', `${key} (${file}) is open to other users`, `chmod 600 ${file}`);
  } catch (error) {
    return problem(
      'permissions',
      `${key} can't be read: ${reason(error)}`,
      `create ${file}, owned by the user that runs Kalpa, mode 600`,
    );
  }
}

function folderCheck(folder: string): Check {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok('permissions', `${folder} is readable and writable`);
  } catch (error) {
    return problem(
      'permissions',
      `data directory ${folder}: ${reason(error)}`,
      "run the node worker as the database's user, or correct node.dataDirs",
    );
  }
}
