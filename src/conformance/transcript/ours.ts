import type { Call } from '../../yugabyte';
import { PREFIX } from '../names';
import { given } from '../../objects/given';

const LEFT_OUT = '(left out: not of this command)';

/**
 * A call without the definitions and rows of databases that `kalpa conformance` did not make: a recording worker also
 * runs steps of other runs, whose data must not be recorded. The output of yb-admin, and what a tool says about itself,
 * contains neither.
 */
export function withoutOthers(call: Call): Call {
  if (call.kind === 'page') return call;
  const { tool, args, script = '', stdout, stderr, made } = call;
  const ours = [...args, script].some((text) => text.includes(PREFIX));
  if (ours || tool === 'yb-admin' || args.includes('--version') || args.includes('--help')) return call;
  return {
    ...call,
    stderr: stderr === '' ? '' : LEFT_OUT,
    ...(script === '' ? {} : { script: LEFT_OUT }),
    ...(stdout === undefined || stdout === '' ? {} : { stdout: LEFT_OUT }),
    ...given({ made: made === undefined ? undefined : LEFT_OUT }),
  };
}
