export * from './verify-backup';
