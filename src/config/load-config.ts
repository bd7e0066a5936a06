import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error';
import { readConfig } from './read-config';
import type { KalpaConfig } from './schema';
import { runningStack, sameFile, stackHome, type StackJson } from './stack-json';

export interface LoadConfigOptions {
  /** From `--config`. */
  file?: string | undefined;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** The configuration, and where it came from. */
export interface ResolvedConfig {
  config: KalpaConfig;
  source: { kind: 'option' | 'environment' | 'folder' | 'stack'; file: string };
  /** The running embedded stack, when this is its configuration: Temporal's address and the S3 keys come from it. */
  stack?: StackJson;
}

/**
 * `--config`, else `KALPA_CONFIG`, else `./kalpa.yaml`, else the running embedded stack's.
 * Throws `ConfigurationError`.
 */
export function loadConfig(options: LoadConfigOptions): ResolvedConfig {
  const stack = runningStack(stackHome(options.env, options.cwd));
  const source = findConfig(options, stack);
  const config = readConfig(source.file);
  return { config, source, ...(stack && sameFile(stack.config, source.file) ? { stack } : {}) };
}

function findConfig({ file, env, cwd }: LoadConfigOptions, stack: StackJson | undefined): ResolvedConfig['source'] {
  if (file) return { kind: 'option', file: resolve(cwd, file) };
  if (env['KALPA_CONFIG']) return { kind: 'environment', file: resolve(cwd, env['KALPA_CONFIG']) };
  const here = join(cwd, 'kalpa.yaml');
  if (existsSync(here)) return { kind: 'folder', file: here };
  if (stack) return { kind: 'stack', file: stack.config };
  throw new ConfigurationError(
    `No configuration: --config and KALPA_CONFIG are not given, ${here} does not exist, and no embedded stack is running. ` +
      'Write a kalpa.yaml (docs/reference/configuration.md), or start the embedded stack with `npm start`.',
  );
}
