#!/usr/bin/env node
/* eslint-disable @typescript-eslint/no-require-imports -- what is loaded after the cache is opened comes from it */
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Since Node 22.1; NODE_DISABLE_COMPILE_CACHE switches it off. */
type WithCompileCache = { enableCompileCache?: (folder: string) => unknown };

// Compiled code is cached for the next command, in a folder that only this user can write to: another user's code must
// never be run from it.
(nodeModule as WithCompileCache).enableCompileCache?.(
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kalpa', 'compiled'),
);
const { runProcess } = require('./run-process') as typeof import('./run-process');
void runProcess(process.argv.slice(2));
