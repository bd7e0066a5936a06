import '../../redaction';

/** From the bundler: the modules of a folder, each loaded by its key. */
interface Folder {
  keys(): string[];
  (key: string): object;
}
declare const require: { context(folder: string, withSubfolders: boolean, files: RegExp): Folder };

/**
 * What all runs of a control worker share. The bundler's `preloadModules` loads this file once, so that a run starts
 * without building the contract's schemas again, which took half of the processor time of a short run. The SDK then
 * deep-freezes what the loaded modules export. A schema fills caches while it is used, so each schema is frozen here at
 * its top level, where the SDK's recursion stops: its inner parts stay mutable. A schema has no state of a run.
 */
const folders = [
  // Folder by folder: with `recursive` the bundler finds no module.
  require.context('../../contract', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/dump', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/fields', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/internal', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/pitr', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/retention', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/snapshot', false, /(?<!\.d)\.[jt]s$/),
  require.context('../../contract/verification', false, /(?<!\.d)\.[jt]s$/),
];
for (const folder of folders) for (const loaded of folder.keys().map(folder)) freezeSchemas(loaded);

function freezeSchemas(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if ('_zod' in value) {
    if ('shape' in value) void value.shape; // created when it is first read, which a frozen schema does not allow
    Object.freeze(value);
  } else for (const part of Object.values(value)) freezeSchemas(part);
}
