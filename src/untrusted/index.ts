/** Reads what others wrote (a bucket, a tool, a server) in bounded time and memory. Imports nothing of Kalpa. */
export { readJson } from './read-json';
export { textOf, textLines } from './text';
export * from './pieces';
