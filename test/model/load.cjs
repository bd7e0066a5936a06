// Runs a file of the model outside Jest, whose modules and globals cost several times what the model itself does:
// `node test/model/load.cjs many-seeds`.
const { transformFileSync } = require('@swc/core');
const Module = require('node:module');

const options = {
  swcrc: false,
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
};
Module._extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);

/** From here on whoever requires one of these gets what stands in for it. */
function standIn(standIns) {
  const load = Module._load;
  const instead = new Map();
  for (const [name, make] of Object.entries(standIns)) {
    const file = Module._resolveFilename(name, module);
    let made;
    instead.set(file, () => (made ??= make(() => load(file, module))));
  }
  Module._load = (request, parent, isMain) => {
    const make = instead.get(Module._resolveFilename(request, parent, isMain));
    return make ? make() : load(request, parent, isMain);
  };
}

const { STAND_INS, standInForClocks } = require('./stand-ins');
standIn(STAND_INS);
const planted = process.env.KALPA_MODEL_PLANTED; // names, one a line
if (planted !== undefined) {
  standIn(require('./planted').PLANTED);
  require('./running').running.planted = planted.split('\n');
}
standInForClocks();
// Where a fault of the store comes from, nobody asks.
Error.stackTraceLimit = 0;
require(`./${process.argv[2]}`);
