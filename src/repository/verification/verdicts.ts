import { given } from '../../objects/given';
import { sha256Of } from '../../transfer';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { layout, type BackupKind } from '../layout/layout';
import type { VerificationRecord } from '../records/record-schemas';
import { REHEARSAL } from '../records/rehearsals';
import { verifications } from '../records/write-records';
import { isRepositoryError } from '../repository-error';
import { readProved } from '../signing/proved-records';
import { requiresSignatures } from '../signing/trust';

/**
 * What is known of a backup or dump: the newest failure, or, where none is newer, the deepest verification since, so
 * that a look whether all is still there does not hide that every byte was once read.
 */
export interface Verdict {
  at: string;
  level: string;
  ok: boolean;
}

/** What has found something wrong: `the rehearsal of …`, `the verification of …`. */
export const foundByText = ({ level, at }: Verdict): string =>
  `the ${level === REHEARSAL || level === 'scrub' ? level : 'verification'} of ${at}`;

/** What was found, as far as it is to be told. */
export function damageText(verdict: Verdict, problems: readonly string[] = []): string {
  const outcome = verdict.level === REHEARSAL ? 'failed' : 'found something missing or damaged';
  // The first sentence of several sums up the others.
  const each = (problems.length > 1 ? problems.slice(1) : problems).map((problem) => problem.replace(/\.$/, ''));
  const more = each.length - MAX_DAMAGES_REPORTED;
  const damages = [...each.slice(0, MAX_DAMAGES_REPORTED), ...(more > 0 ? [`and ${more} more`] : [])];
  return `${foundByText(verdict)} ${outcome}${damages.length === 0 ? '' : `: ${damages.join('; ')}`}`;
}

const MAX_DAMAGES_REPORTED = 10;

/** Anyone who may create objects can forge any number. */
const MAX_READS = 100;

/** What the name of a verification record says, without `.json`; undefined if it is not such a name. */
function verdictOfName(name: string): (Verdict & { id: string }) | undefined {
  const match = /^(.+)\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(.+)-(ok|bad)$/.exec(name);
  if (!match) return undefined;
  const [, id = '', year, month, day, hour, minute, second, level = '', ok] = match;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  // Anyone who may create objects chooses their names: an invalid date is ignored.
  return Number.isNaN(Date.parse(at)) ? undefined : { id, at, level, ok: ok === 'ok' };
}

/** From the shallowest on; rehearsals have a column of their own. */
const DEPTHS: readonly string[] = ['present', 'sizes', 'sample', REHEARSAL, 'full'];

/** Of two verdicts about the same backup, the one to tell; `later` is the newer one. */
const toTell = (earlier: Verdict | undefined, later: Verdict): Verdict =>
  earlier?.ok === true && later.ok && DEPTHS.indexOf(earlier.level) > DEPTHS.indexOf(later.level) ? earlier : later;

/**
 * The verdict to tell and the newest rehearsal of each backup or dump, from listings only; `start`: how their ids
 * begin.
 */
export async function newestVerdicts(
  { store, cluster }: ClusterStore,
  kind: BackupKind,
  start: string,
): Promise<{ verified: Map<string, Verdict>; rehearsed: Map<string, Verdict> }> {
  const prefix = layout.verifications(cluster, kind);
  const [verified, rehearsed] = [new Map<string, Verdict>(), new Map<string, Verdict>()];
  // For each id in order of time.
  for await (const { key } of store.list(prefix + start)) {
    const named = verdictOfName(key.slice(prefix.length).replace(/\.json$/, ''));
    if (named === undefined) continue;
    const { id, ...verdict } = named;
    verified.set(id, toTell(verified.get(id), verdict));
    if (verdict.level === REHEARSAL) rehearsed.set(id, verdict);
  }
  return { verified, rehearsed };
}

/** The names of all verifications of one backup, the newest first; not verified. */
export async function listVerifications(
  { store, cluster }: ClusterStore,
  kind: BackupKind,
  id: string,
): Promise<Verdict[]> {
  const prefix = layout.verifications(cluster, kind);
  const found: Verdict[] = [];
  for await (const { key } of store.list(`${prefix}${id}/`)) {
    const verdict = verdictOfName(key.slice(prefix.length).replace(/\.json$/, ''));
    if (verdict?.id === id) found.push({ at: verdict.at, level: verdict.level, ok: verdict.ok });
  }
  return found.reverse();
}

/** One of them; undefined if it is gone or not trusted. */
export async function readVerification(
  repository: ClusterStore,
  kind: BackupKind,
  id: string,
  { at, level, ok }: Verdict,
): Promise<{ key: string; sha256: string; record: VerificationRecord } | undefined> {
  const key = layout.verification(repository.cluster, kind, id, new Date(at), level, ok);
  try {
    const record = await readProved(repository, verifications, key);
    return record && { key, sha256: sha256Of(canonicalJson(record)), record };
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    return undefined;
  }
}

/**
 * The verdict to tell of one backup: where records are signed, those that no known key signed are skipped, whatever
 * they say. `listed`: the one to tell by the names alone, if already known. `level`: only those of this level.
 */
export async function provedVerdict(
  repository: ClusterStore,
  { kind, id, listed, level: only }: { kind: BackupKind; id: string; listed?: Verdict | undefined; level?: string },
): Promise<{ verdict?: Verdict; problem?: string }> {
  if (listed && !requiresSignatures(repository.trust)) return { verdict: listed };
  let problem: string | undefined;
  const believes = async ({ at, level, ok }: Verdict): Promise<boolean> => {
    const key = layout.verification(repository.cluster, kind, id, new Date(at), level, ok);
    try {
      return (await readProved(repository, verifications, key)) !== undefined;
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
      problem ??= error.message;
      return false;
    }
  };
  if (listed && (await believes(listed))) return { verdict: listed };
  const left = (await listVerifications(repository, kind, id))
    .filter(({ level }) => only === undefined || level === only)
    .slice(0, MAX_READS);
  while (left.length > 0) {
    const verdict = left.reduceRight<Verdict | undefined>(toTell, undefined) as Verdict;
    if (await believes(verdict)) return { verdict, ...given({ problem }) };
    left.splice(left.indexOf(verdict), 1);
  }
  return given({ problem });
}
