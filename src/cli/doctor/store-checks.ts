import { ok, problem, reason, warning, type Check } from './check';

/** What the probe of a store found. */
export interface ProbedStore {
  safe: boolean;
  findings: string[];
  /** Why objects can't be locked as `repository.objectLock` asks. */
  lockProblem?: string;
}

/** The bucket answers, accepts writes, and keeps its promises. */
export async function storeCheck(
  location: string,
  probe: () => Promise<ProbedStore>,
  allowUnsafe: boolean,
): Promise<Check[]> {
  const area = 'store';
  try {
    const { safe, findings, lockProblem } = await probe();
    const locks =
      lockProblem === undefined ? [] : [problem(area, lockProblem, 'see docs/keep-and-delete.md, "Object lock"')];
    if (safe)
      return [
        ...(lockProblem === undefined ? [ok(area, `${location} behaves as Kalpa requires`)] : locks),
        ...findings.map((finding) => warning(area, finding, 'see docs/how-it-works.md, "The store"')),
      ];
    const cure = 'use another store or a newer version of it';
    return [
      ...locks,
      ...findings.map((finding) =>
        allowUnsafe ? warning(area, `${finding} (allowed by allowUnsafeStore)`, cure) : problem(area, finding, cure),
      ),
    ];
  } catch (error) {
    return [problem(area, reason(error), cureOf(error))];
  }
}

/** S3 error codes that are typical of a first set-up; the store may name the bucket's region in its message. */
function cureOf(error: unknown): string {
  const { code, kind, message = '' } = error as { code?: string; kind?: string; message?: string };
  const region = /The bucket is in region (\S+):/.exec(message)?.[1];
  if (region !== undefined) return `set repository.region: ${region} in kalpa.yaml`;
  if (code === 'NoSuchBucket') return 'create the bucket, or correct repository.url in kalpa.yaml';
  if (code === 'RequestTimeTooSkewed') return 'set the clock of this machine by NTP (chronyd, systemd-timesyncd)';
  if (code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch' || code === 'CredentialsProviderError')
    return 'set the credentials of this store: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws';
  if (kind === 'denied') return 'give these credentials write access to the bucket and prefix (list, read, write)';
  if (kind === 'unavailable') return 'correct repository.endpoint in kalpa.yaml, check the network, or start the store';
  return 'correct `repository` in kalpa.yaml, the credentials (AWS_* or ~/.aws) and the permissions on the bucket';
}
