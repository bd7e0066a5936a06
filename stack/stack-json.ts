import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreKeys } from './servers/seaweedfs';
import type { SigningKeys } from './signing-keys';

/** What a ready stack says about itself in `.kalpa/stack.json`. */
export interface StackJson {
  temporal: { address: string; ui: string; namespace: string; cli: string };
  /** `roles`: the keys of the workers and the command line; the other keys have full access. */
  s3: { endpoint: string; region: string; bucket: string; prefix: string } & StoreKeys;
  ysql: { host: string; port: number; user: string; password?: string };
  ycql: { host: string; port: number };
  masters: string[];
  tservers: { address: string; uuid: string; dataDir: string; http: string }[];
  emulator: { control: string };
  /** Folder with yb-admin, ysql_dump, ysqlsh, ycqlsh. */
  tools: string;
  /** The keys of the backups. */
  signing: SigningKeys;
  /** The kalpa.yaml used. */
  config: string;
  processes: { name: string; pid: number }[];
}

const fileOf = (home: string): string => join(home, 'stack.json');

/** Replaces the file atomically; it contains S3 keys, so only its owner can read it. */
export function writeStackJson(home: string, json: StackJson): void {
  const temporary = `${fileOf(home)}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, fileOf(home));
}

export function removeStackJson(home: string): void {
  rmSync(fileOf(home), { force: true });
}
