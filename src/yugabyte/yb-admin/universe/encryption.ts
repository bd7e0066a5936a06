import { ToolFailed, UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { required } from '../read-output';
import { given } from '../../../objects/given';

/** Encryption at rest. With it, snapshot files are encrypted with the key named here, which a target cluster needs. */
export const isEncryptionEnabled: Command<Record<string, never>, { enabled: boolean; keyId?: string }> = {
  name: 'is_encryption_enabled',
  mutates: false,
  argv: () => ['is_encryption_enabled'],
  parse(stdout) {
    const state = required(/^Encryption status: (ENABLED|DISABLED)/m, stdout, 'encryption status');
    const keyId = /ENABLED with key id (\S+)/.exec(stdout)?.[1];
    return { enabled: state === 'ENABLED', ...given({ keyId }) };
  },
};

/**
 * Whether every master has this universe key in memory, and so can give it to tservers that read files encrypted with
 * it. Later releases fail with "Try again" at the first master without it (`lacksUniverseKey`); earlier ones print
 * false.
 */
export const allMastersHaveUniverseKey: Command<{ keyId: string }, boolean> = {
  name: 'all_masters_have_universe_key_in_memory',
  mutates: false,
  argv: ({ keyId }) => ['all_masters_have_universe_key_in_memory', keyId],
  parse(stdout) {
    const nodes = [...stdout.matchAll(/^Node \S+ has universe key in memory: (\S+)/gm)];
    if (nodes.length === 0) throw new UnexpectedOutput('masters with or without the key', stdout, 'yb-admin');
    return nodes.every(([, has]) => has === '1' || has === 'true');
  },
};

/** Means "no" rather than a failed query. */
export function lacksUniverseKey(error: unknown): boolean {
  return error instanceof ToolFailed && /does not have universe key in memory/.test(error.reason);
}
