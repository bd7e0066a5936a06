// `kalpa` as a process, to which the address in TEMPORAL_ADDRESS is the default one: on a machine where tests run,
// something may answer at the real one.
const { processIo } = require('../../dist/src/cli/core/cli-io');
const { realDependencies } = require('../../dist/src/cli/core/cli-dependencies');
const { startTemporal } = require('../../dist/src/cli/core/embedded-stack');
const { runProcess } = require('../../dist/src/cli/run-process');
const { temporalConnection } = require('../../dist/src/config');

const io = processIo();
void runProcess(process.argv.slice(2), {
  ...realDependencies(io),
  startTemporal: async (resolved) => {
    const settings = temporalConnection(resolved, io.env);
    return await startTemporal(settings, io.env, settings.address);
  },
});
