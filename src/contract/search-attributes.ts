/** Registered by the control worker at start where they are missing; name → Temporal's type. */
export const searchAttributes = {
  KalpaCluster: 'KEYWORD',
  KalpaDatabase: 'KEYWORD',
  KalpaOperation: 'KEYWORD',
  KalpaPhase: 'KEYWORD',
  KalpaBackup: 'KEYWORD',
  KalpaRecoveryPoint: 'DATETIME',
  KalpaBytes: 'INT',
} as const;

export type SearchAttributeName = keyof typeof searchAttributes;
