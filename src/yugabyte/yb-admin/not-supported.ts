import type { Dialect } from '../dialects';
import { ToolFailed } from '../errors';

/** This version's yb-admin has no such operation; said before it is run. */
export function notSupported(operation: string, dialect: Dialect): ToolFailed {
  return new ToolFailed({
    tool: 'yb-admin',
    command: operation,
    statusCode: 'Not supported',
    reason: `YugabyteDB ${dialect.since} has no such operation`,
    stderrTail: '',
    outcome: 'refused',
    transient: false,
    final: true,
  });
}
