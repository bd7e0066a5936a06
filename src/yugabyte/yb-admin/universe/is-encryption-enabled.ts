import type { Command } from '../command';
import { required } from '../read-output';
import { given } from '../../../objects/given';

/** Encryption at rest. With it, snapshot files are encrypted by the key named here, which a target cluster needs. */
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
