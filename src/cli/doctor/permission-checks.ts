import { accessSync, constants } from 'node:fs';
import { confirmPrivateFile, privateFiles, type PrivateFile, type ResolvedConfig } from '../../config';
import { ok, problem, reason, type Check } from './check';

/** Files named in this configuration: secrets readable only by us, data directories readable and writable. */
export function permissionChecks(resolved: Pick<ResolvedConfig, 'config' | 'stack'>, env: NodeJS.ProcessEnv): Check[] {
  const secrets = privateFiles(resolved, env).map(secretCheck);
  const folders = (resolved.config.node?.dataDirs ?? []).map(folderCheck);
  const checks = [...secrets, ...folders];
  return checks.length > 0
    ? checks
    : [ok('permissions', 'the configuration names no file with a secret and no data directory')];
}

/** By the workers' own rule; they refuse to start otherwise. */
function secretCheck({ key, file }: PrivateFile): Check {
  try {
    confirmPrivateFile(file, key);
    return ok('permissions', `${file} (${key}) is readable only by its owner, or its group`);
  } catch (error) {
    return problem('permissions', reason(error), `chown it to the user that runs Kalpa, chmod 600 ${file}`);
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
