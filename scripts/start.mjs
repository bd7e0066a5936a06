// `npm start`: the embedded stack in the foreground, with the guided tour. In this very process, so that whoever ends
// it ends the supervisor directly.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { runAsProcess } = require('../dist/stack/main.js');
runAsProcess(process.argv.slice(2));
