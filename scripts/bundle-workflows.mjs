// Bundles the compiled workflows once, so that a control worker starts without webpack.
import { createRequire } from 'node:module';
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');

const { code } = await bundleWorkflowCode({
  workflowsPath: join(dist, 'src/workflows/index.js'),
  logger: new DefaultLogger('WARN'),
});
// A worker that starts meanwhile reads a whole bundle, the old or the new one.
writeFileSync(join(dist, 'workflow-bundle.js.tmp'), code);
renameSync(join(dist, 'workflow-bundle.js.tmp'), join(dist, 'workflow-bundle.js'));
