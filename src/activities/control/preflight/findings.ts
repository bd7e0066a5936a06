import { isFailureType, type Finding } from '../../../contract';
import { redact } from '../../../redaction';
import { isRepositoryError } from '../../../repository';
import { isStoreError } from '../../../transfer';
import { SqlFailed, ToolMissing, UnknownVersion, YugabyteError } from '../../../yugabyte';

/** Nothing in preflight is waited for longer. */
const AT_MOST_MS = 30_000;

/** Collects everything that preflight can know: a check that fails is a finding, and the others still run. */
export class Findings {
  readonly list: Finding[] = [];
  readonly warnings: string[] = [];

  add(type: Finding['type'], message: string, details: Record<string, unknown> = {}): void {
    this.list.push({ ...details, type, message: redact(message) });
  }

  /** The check's answer, or undefined with a finding that says why there is none; without `what`, in its own words. */
  async check<T>(what: string | undefined, look: () => Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${AT_MOST_MS / 1000} s`));
      }, AT_MOST_MS);
    });
    try {
      return await Promise.race([look(), late]);
    } catch (error) {
      this.add(typeOf(error), `${what === undefined ? '' : `${what}: `}${(error as Error).message}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function typeOf(error: unknown): Finding['type'] {
  if (error instanceof UnknownVersion) return 'IncompatibleVersion';
  if (error instanceof ToolMissing || error instanceof SqlFailed || error instanceof YugabyteError)
    return 'PreflightFailed';
  if (isStoreError(error, 'missing')) return 'NotFound';
  if (isRepositoryError(error)) return error.kind;
  const type = (error as { type?: string } | null)?.type;
  return isFailureType(type) ? type : 'PreflightFailed';
}
