export * from './proof-levels';
export * from './scrub-repository';
export * from './verify-backup';
