import type { DumpPartRef } from '../../repository';
import type { Dump } from './open-dump';

/** The part as the manifest has it; what its step warned of is told with the result. */
export async function warnedPart(
  { warnings }: Pick<Dump, 'warnings'>,
  dumped: Promise<DumpPartRef & { warnings?: string[] }>,
): Promise<DumpPartRef> {
  const { warnings: more = [], ...part } = await dumped;
  warnings.push(...more);
  return part;
}
