import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { instanceFileContent } from './instance-file';
import type { EmulatorOptions } from './options';
import { has, RELEASES } from './releases';
import { dataDir, instanceFile } from './paths';
import { StateFile } from './state';
import { toolVersion } from './tool-version';
import { notPreserved, restoreSettings } from './ysql/binary-restore';
import { writeDurably } from './write-durably';

/** Where programs are: the wheel's PostgreSQL, the Python that cqlsh is installed for, and Node. */
export interface EmulatorTools {
  pgBin: string;
  python: string;
  node: string;
}

/** The folder above `emulator/` and `dist/`; this file may run from its source too. */
const PACKAGE = resolve(__dirname, __filename.endsWith('.ts') ? '..' : '../..');

/**
 * Creates a cluster's folder: data directories, the tools in `bin/`,
 * `cluster.json`. A repeated call only changes the settings.
 */
export async function prepareCluster(options: EmulatorOptions, tools: EmulatorTools): Promise<void> {
  const { home } = options;
  const { tservers } = new StateFile(home).value;
  for (const [i, { uuid }] of tservers.entries()) {
    mkdirSync(join(dataDir(home, i), 'yb-data', 'tserver', 'data', 'rocksdb'), { recursive: true });
    if (!existsSync(instanceFile(home, i))) writeDurably(instanceFile(home, i), instanceFileContent(uuid));
  }
  writeDurably(join(home, 'cluster.json'), JSON.stringify(options, null, 2));
  for (const [name, script] of Object.entries(scripts(options, tools))) writeScript(join(home, 'bin', name), script);
  await Promise.resolve();
}

function writeScript(file: string, content: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  writeDurably(file, content);
  chmodSync(file, 0o755);
}

/** Shell scripts that know their cluster, started by path like the originals. */
function scripts(
  { dialect, host, ports, postgres }: EmulatorOptions,
  { pgBin, python, node }: EmulatorTools,
): Record<string, string> {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const settings: Record<string, string> = {
    EMULATOR_DIALECT: dialect,
    EMULATOR_ERRORS_NAME_OPERATION: has(dialect, 'errorNamesOperation') ? 'yes' : 'no',
    EMULATOR_RELEASE: RELEASES[dialect],
    EMULATOR_RESTORE_SETTINGS: restoreSettings(dialect),
    EMULATOR_NOT_PRESERVED: notPreserved(dialect),
    EMULATOR_MASTER: `${host}:${ports.masterRpc}`,
    EMULATOR_CONTROL: `http://${host}:${ports.control}`,
    EMULATOR_YCQL: `${host}:${ports.ycql}`,
    EMULATOR_PG_BIN: pgBin,
    EMULATOR_PG_HOST: postgres.host,
    EMULATOR_PG_PORT: String(ports.ysql),
    EMULATOR_PG_USER: postgres.user,
    EMULATOR_COLOCATION_ID: has(dialect, 'colocationId') ? 'colocation_id' : 'table_oid',
    EMULATOR_COLOCATION: has(dialect, 'colocation') ? 'colocation' : 'colocated',
    EMULATOR_DUMP_READ_TIME: has(dialect, 'offersDumpReadTime')
      ? 'offered'
      : has(dialect, 'dumpReadTime')
        ? 'hidden'
        : '',
    EMULATOR_PROFILES: has(dialect, 'dumpsProfiles') ? 'yes' : '',
    EMULATOR_TABLEGROUPS: has(dialect, 'dumpsTablegroups') ? 'yes' : 'no',
    EMULATOR_KEY_NAMES: has(dialect, 'dumpsKeyNames') ? 'yes' : 'no',
    EMULATOR_FILE_NODES: has(dialect, 'preservesFileNodes') ? 'yes' : 'no',
    EMULATOR_INDEX_BUILD: has(dialect, 'nonconcurrently') ? 'NONCONCURRENTLY ' : '',
  };
  const environment = Object.entries(settings)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
  const banner = '#!/bin/sh\n# YugabyteDB emulator: stands in for the real tool of this name.\n';
  const run = (program: string[], version = ''): string =>
    `exec env ${environment} EMULATOR_VERSION=${quote(version)} ${program.map(quote).join(' ')} "$@"\n`;
  const script = (program: string): string[] => [node, join(PACKAGE, 'dist', 'emulator', 'bin', program)];
  // Tools that every operation runs many times are shell scripts, because starting Node takes longer than their work.
  const shell = (program: string, ...first: string[]): string[] => [
    'bash',
    join(PACKAGE, 'emulator', 'bin', program),
    ...first,
  ];
  const tool = (name: string, program: string[]): string => {
    const version = toolVersion(name, { dialect, release: RELEASES[dialect] });
    return `${banner}if [ "$1" = --version ]; then printf '%s\\n' ${quote(version)}; exit 0; fi\n${run(program, version)}`;
  };
  return {
    'yb-admin': tool('yb-admin', shell('yb-admin.bash')),
    'yb-ts-cli': `${banner}${run(script('yb-ts-cli.js'))}`,
    ysqlsh: tool('ysqlsh', shell('ysqlsh.bash')),
    ycqlsh: tool('ycqlsh', [python, '-I', join(PACKAGE, 'emulator', 'bin', 'ycqlsh.py')]),
    ysql_dump: tool('ysql_dump', shell('ysql-dump.bash', 'pg_dump')),
    ysql_dumpall: tool('ysql_dumpall', shell('ysql-dump.bash', 'pg_dumpall')),
    fault: `${banner}${run(script('fault.js'))}`,
  };
}
