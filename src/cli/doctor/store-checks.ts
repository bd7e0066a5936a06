import { ok, problem, reason, warning, type Check } from './check';

/** What the probe of a store found. */
export interface ProbedStore {
  safe: boolean;
  findings: string[];
}

/** The bucket answers, takes writes, and keeps its promises. */
export async function storeCheck(
  location: string,
  probe: () => Promise<ProbedStore>,
  allowUnsafe: boolean,
): Promise<Check[]> {
  const area = 'store';
  try {
    const { safe, findings } = await probe();
    if (safe)
      return [
        ok(area, `${location} keeps its promises`),
        ...findings.map((finding) => warning(area, finding, 'see docs/how-it-works.md, "The store"')),
      ];
    const cure = 'use another store or a newer version of it';
    return findings.map((finding) =>
      allowUnsafe ? warning(area, `${finding} (allowed by allowUnsafeStore)`, cure) : problem(area, finding, cure),
    );
  } catch (error) {
    return [
      problem(
        area,
        reason(error),
        'correct `repository` in kalpa.yaml, the credentials (AWS_* or ~/.aws) and the rights on the bucket',
      ),
    ];
  }
}
