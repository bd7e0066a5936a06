export * from './policies';
export * from './operations';
