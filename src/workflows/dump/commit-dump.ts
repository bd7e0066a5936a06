import type { DumpPartRef } from '../../repository';
import { longStep } from '../run/policies';
import { upsertKnownAttributes } from '../run/progress';
import type { Dump } from './open-dump';

/** Writes the manifest, which alone makes the dump exist. */
export async function commitDump({ identity, settings, guardians, progress }: Dump, parts: DumpPartRef[]) {
  progress.enter('manifest');
  const { databases, tables, ...written } = await longStep(settings, `commit ${identity.dumpId}`).commitDump({
    ...{ guarded: guardians.guarded(), dump: identity, parts },
  });
  upsertKnownAttributes(settings, { KalpaBytes: written.bytes });
  return { databases, tables, written: { dumpId: identity.dumpId, ...written } };
}
