import type { Capabilities } from '../releases';
import { ToolFailed } from '../errors';

/** This version's yb-admin has no such operation; said before it is run. */
export function notSupported(operation: string, release: Capabilities): ToolFailed {
  return new ToolFailed({
    tool: 'yb-admin',
    command: operation,
    statusCode: 'Not supported',
    reason: `YugabyteDB ${release.release} has no such operation`,
    stderrTail: '',
    outcome: 'refused',
    transient: false,
    final: true,
  });
}
