import '../../redaction';
import 'luxon';

/** Of the bundler: the modules of a folder, each as it is loaded by its key. */
interface Folder {
  keys(): string[];
  (key: string): object;
}
declare const require: { context(folder: string, withSubfolders: boolean, files: RegExp): Folder };

/**
 * What every run of a control worker shares. The bundler's `preloadModules` loads this file once, so that a run starts
 * without building the contract's schemas again, which was half of the processor time of a short run. The SDK then
 * freezes, in depth, what the loaded modules export. A schema fills caches as it is used, so each is frozen here by
 * itself, where the SDK's descent ends: its inner parts stay as they are. A schema holds nothing of a run.
 */
const folders = [
  // One by one: the bundler finds none below a folder, whatever it is told.
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
    if ('shape' in value) void value.shape; // made when it is first read, which a frozen schema refuses
    Object.freeze(value);
  } else for (const part of Object.values(value)) freezeSchemas(part);
}
