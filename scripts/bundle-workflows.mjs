// Bundles the compiled workflows once, so that a control worker starts without webpack.
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const workflowsPath = join(dist, 'src/workflows/index.js');
if (!existsSync(workflowsPath)) {
  console.error(`No bundle was made: ${workflowsPath} is missing. Run \`npm run build\`, which compiles it first.`);
  process.exit(1);
}
const { bundleWorkflowCode, DefaultLogger } = createRequire(import.meta.url)('@temporalio/worker');
const { code } = await bundleWorkflowCode({
  workflowsPath,
  failureConverterPath: join(dist, 'src/worker/failure-converter.js'),
  preloadModules: [join(dist, 'src/workflows/run/preloaded.js')],
  logger: new DefaultLogger('WARN'),
});
// A worker that starts meanwhile reads a whole bundle, the old or the new one.
writeFileSync(join(dist, 'workflow-bundle.js.tmp'), code);
renameSync(join(dist, 'workflow-bundle.js.tmp'), join(dist, 'workflow-bundle.js'));
