export * from './scrub-repository';
export * from './verify-backup';
