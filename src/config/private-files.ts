import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { confirmPrivateFile } from './private-file';
import type { KalpaConfig } from './schema';

/** A file with a secret, and what names it. */
export interface PrivateFile {
  key: string;
  file: string;
}

/**
 * Every file with a password or a private key that this configuration names, or that the environment points the
 * libraries to.
 */
export function privateFiles(
  { config, stack }: { config: KalpaConfig; stack?: unknown },
  env: NodeJS.ProcessEnv,
): PrivateFile[] {
  const named: [string, string | undefined][] = [
    ['ysql.passwordFile', config.ysql.passwordFile],
    ['ycql.passwordFile', config.ycql?.passwordFile],
    ['signing.privateKeyFile', config.signing?.privateKeyFile],
  ];
  return [
    ...named.flatMap(([key, file]) => (file === undefined ? [] : [{ key, file }])),
    ...keysIn(config.tls?.certsDir),
    ...(stack === undefined ? [...storeFiles(env), ...temporalFiles(env)] : []),
  ];
}

/** Throws `ConfigurationError` at the first of them that others may read, or that belongs to someone else. */
export function confirmPrivateFiles(resolved: { config: KalpaConfig; stack?: unknown }, env: NodeJS.ProcessEnv): void {
  for (const { key, file } of privateFiles(resolved, env)) confirmPrivateFile(file, key, { missing: true });
}

/** `node.<host>.key`, `yugabytedb.key`: yb-admin's own client keys. */
function keysIn(folder: string | undefined): PrivateFile[] {
  if (folder === undefined || !existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.key'));
  return names.map((name) => ({ key: 'tls.certsDir', file: join(folder, name) }));
}

/** Where the AWS chain finds keys when the environment has none. */
function storeFiles(env: NodeJS.ProcessEnv): PrivateFile[] {
  if (env['AWS_ACCESS_KEY_ID'] !== undefined) return [];
  const file = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(env['HOME'] ?? homedir(), '.aws', 'credentials');
  return existsSync(file) ? [{ key: 'AWS_SHARED_CREDENTIALS_FILE', file }] : [];
}

/**
 * Keys of Temporal: one named in the environment, one named in the profile, and the profile itself if it contains one.
 */
function temporalFiles(env: NodeJS.ProcessEnv): PrivateFile[] {
  const ofEnvironment = env['TEMPORAL_TLS_CLIENT_KEY_PATH'];
  const profile =
    env['TEMPORAL_CONFIG_FILE'] ?? join(env['HOME'] ?? homedir(), '.config', 'temporalio', 'temporal.toml');
  const text = existsSync(profile) ? readFileSync(profile, 'utf8') : '';
  const ofProfile = [...text.matchAll(/^\s*client_key_path\s*=\s*(["'])(?<file>.+?)\1/gm)].map(
    ({ groups }) => groups?.['file'] ?? '',
  );
  return [
    ...(ofEnvironment === undefined ? [] : [{ key: 'TEMPORAL_TLS_CLIENT_KEY_PATH', file: ofEnvironment }]),
    ...ofProfile.map((file) => ({ key: `client_key_path of ${profile}`, file })),
    ...(/^\s*(api_key|client_key_data)\s*=/m.test(text) ? [{ key: 'TEMPORAL_CONFIG_FILE', file: profile }] : []),
  ];
}
