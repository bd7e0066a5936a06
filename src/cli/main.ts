#!/usr/bin/env node
import { runProcess } from './run-process';

void runProcess(process.argv.slice(2));
