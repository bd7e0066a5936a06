// The compiler's and ESLint's findings and unused exports, over one program: all spend most of their time on the types,
// which are computed once here. `npm run check` and `npm run lint` report the same findings separately.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { unusedExports } from './unused-exports.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};
const parsed = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.json'),
  { noEmit: true },
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (found) => fail([found]) },
);

function fail(findings) {
  console.log(ts.formatDiagnosticsWithColorAndContext(findings, host));
  process.exit(1);
}

const compilerHost = ts.createCompilerHost(parsed.options, true); // ESLint's rules climb from a node to its parents
const program = ts.createProgram({
  rootNames: parsed.fileNames,
  options: parsed.options,
  configFileParsingDiagnostics: parsed.errors,
  host: compilerHost,
});
const found = ts.getPreEmitDiagnostics(program);
if (found.length > 0) fail(found);
const unused = unusedExports(program);
if (unused.length > 0) {
  console.log(unused.join('\n'));
  process.exit(1);
}

const eslint = new ESLint({
  cwd: root,
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const results = await eslint.lintFiles(['.']);
const formatter = await eslint.loadFormatter('stylish');
console.log(await formatter.format(results));
if (results.some(({ errorCount, fatalErrorCount }) => errorCount + fatalErrorCount > 0)) process.exit(1);
