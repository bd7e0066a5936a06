/** How thoroughly the objects of a backup are checked; each level includes the ones before it. */
export const PROOF_LEVELS = ['present', 'sizes', 'sample', 'full'] as const;
export type ProofLevel = (typeof PROOF_LEVELS)[number];

/** What was read within this time is not read again. */
export const DEFAULT_PROVED_WITHIN = '30 days';
