import { unreadable, unreadFields, type Capabilities } from '../../yugabyte';
import { emptyFindings, type Finding, type Findings } from '../report';
import type { Recorded } from './recorder';

/** How a tool says that it does not know an operation or a flag, or not with these arguments. */
const REFUSED =
  /Invalid operation|unknown command line flag|unrecognized option|invalid option|Invalid arguments for operation|Wrong flag/i;

/** Identifies a page: its path without the address and the query. */
const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url);

/** The operation and its arguments, without flags of the tool itself. */
const operationOf = (args: readonly string[]): string[] => args.filter((arg) => !arg.startsWith('--'));

/** What the calls show apart from the outcome of the steps. Each finding once, with the first line that shows it. */
export function findingsOf(calls: readonly Recorded[], capabilities: Capabilities): Findings {
  const findings = emptyFindings();
  const add = (to: Finding[], what: string, line: number): void => {
    if (!to.some((one) => one.what === what)) to.push({ what, line });
  };
  for (const [i, { call }] of calls.entries()) {
    const line = i + 2;
    if (call.kind === 'page') {
      if (call.body === undefined) continue;
      const page = pathOf(call.url);
      const missing = unreadable({ page, output: call.body }, capabilities);
      if (missing !== undefined) add(findings.unknownOutputs, `${page}: ${missing}`, line);
      for (const field of unreadFields(page, call.body)) add(findings.unreadFields, `${page}: ${field}`, line);
      continue;
    }
    const args = operationOf(call.args);
    const [operation = ''] = args;
    if (call.exitCode !== 0) {
      const [said] = REFUSED.exec(call.stderr) ?? [];
      if (said !== undefined) add(findings.refusedArguments, `${call.tool} ${args.join(' ')}: ${said}`, line);
      continue;
    }
    if (call.tool !== 'yb-admin' || call.stdout === undefined) continue;
    const missing = unreadable({ operation, output: call.stdout, args }, capabilities);
    if (missing !== undefined) add(findings.unknownOutputs, missing, line);
    for (const field of unreadFields(operation, call.stdout))
      add(findings.unreadFields, `${operation}: ${field}`, line);
  }
  return findings;
}
