#!/usr/bin/env node
import { processIo } from './core/cli-io';
import { EXIT } from './core/exit-codes';
import { runCli } from './run-cli';

// The reader of our pipe has gone (`kalpa backups | head`): nobody is left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

// Pipes and files are written synchronously on POSIX, so nothing is lost; waiting would hang on a connection that is still open.
void runCli(process.argv.slice(2), processIo()).then((code) => process.exit(code));
