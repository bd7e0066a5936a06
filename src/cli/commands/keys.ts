import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError } from '../core/command-error';
import { defineCommand, defineForegroundCommand } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';

/** `kalpa keys create <file>`. */
export function keysCommand(context: CommandContext): Command {
  const exits = { 0: 'done', 1: 'the file could not be written', 2: undefined };
  const keys = defineForegroundCommand('keys', 'Keys that sign the manifests of backups and dumps.', {
    examples: ['kalpa keys create /etc/kalpa/signing.pem'],
    exits,
  });
  const create = defineCommand(
    'create',
    'Create a key pair: the private key is written to a new file, the public key printed.',
    {
      examples: ['kalpa keys create /etc/kalpa/signing.pem'],
      exits,
    },
  ).argument('<file>', 'where the private key goes; it must not exist');
  create.action((file: string) => {
    const session = new Session(context, create);
    const privateKeyFile = resolve(context.io.cwd, file);
    const { pem, publicKey, keyId } = modules.repository().newSigningKey();
    try {
      writeFileSync(privateKeyFile, pem, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'an error';
      const there = code === 'EEXIST';
      throw new CommandError(
        there ? 'AlreadyExists' : 'Failed',
        there
          ? `${privateKeyFile} exists and was not changed: an overwritten key is lost. Name another file.`
          : `${privateKeyFile} can't be written: ${code}. Name a file in a folder that this user may write to.`,
        there ? EXIT.usage : EXIT.failed,
      );
    }
    session.print({ keyId, publicKey, privateKeyFile }, () =>
      [
        `The private key ${keyId} is in ${privateKeyFile} (mode 0600). Only control workers may have it.`,
        '',
        "In every worker's and reader's kalpa.yaml:",
        '',
        'signing:',
        '  publicKeys:',
        `    - ${publicKey}`,
        `  privateKeyFile: ${privateKeyFile}   # control workers only`,
      ].join('\n'),
    );
  });
  return keys.addCommand(create);
}
