// Exports that nothing of the product needs, through facades: knip takes an `index.ts` that a test or a lazy `require`
// reads as a whole for a use of everything in it, and a test for a use like any other.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PRODUCT = /^(src|emulator|stack)\//;
/** What callers import, what Temporal finds by its name, and what is loaded by its path. */
const ENTRIES = /^src\/(client\/index|contract\/.*|workflows\/index|worker\/failure-converter)\.ts$/;
const FACADE = /\/index\.ts$/;

/** A sentence for each one. */
export function unusedExports(program) {
  const checker = program.getTypeChecker();
  const files = program
    .getSourceFiles()
    .map((file) => ({ file, path: relative(root, file.fileName).split(sep).join('/') }))
    .filter(({ file, path }) => !file.isDeclarationFile && !path.startsWith('..') && !path.includes('node_modules'));
  const exported = new Map();
  for (const { file, path } of files) {
    const module = PRODUCT.test(path) && !ENTRIES.test(path) && checker.getSymbolAtLocation(file);
    for (const symbol of module ? checker.getExportsOfModule(module) : [])
      if (symbol.declarations?.some((declaration) => declaration.getSourceFile() === file))
        exported.set(symbol, { path, name: symbol.name });
  }
  const names = new Set([...exported.values()].map(({ name }) => name));
  const byScripts = namesInScripts();
  const used = new Set([...exported].filter(([, { name }]) => byScripts.has(name)).map(([symbol]) => symbol));
  for (const { file, path } of files) {
    const isProduct = PRODUCT.test(path);
    visit(file, (identifier) => {
      if (!names.has(identifier.text) && !ts.isImportSpecifier(identifier.parent)) return;
      if (ts.isExportSpecifier(identifier.parent) && FACADE.test(path) && !ENTRIES.test(path)) return;
      for (const symbol of reached(identifier)) {
        const found = exported.get(symbol);
        // A test may read a facade, and is no reason for what stands behind it.
        if (found && (isProduct || FACADE.test(found.path))) used.add(symbol);
      }
    });
  }
  return [...exported]
    .filter(([symbol]) => !used.has(symbol))
    .map(([, { path, name }]) =>
      FACADE.test(path)
        ? `${path}: ${name} is exported, but nothing imports it from there.`
        : `${path}: ${name} is exported, but no code of the product uses it.`,
    )
    .sort();

  /** What an identifier stands for, with everything that passes it on. */
  function reached(identifier) {
    const { parent } = identifier;
    let symbol;
    if (ts.isShorthandPropertyAssignment(parent)) symbol = checker.getShorthandAssignmentValueSymbol(parent);
    else if (ts.isBindingElement(parent) && (parent.propertyName ?? parent.name) === identifier)
      symbol = checker.getTypeAtLocation(parent.parent).getProperty(identifier.text);
    else symbol = checker.getSymbolAtLocation(identifier);
    const chain = [];
    if (symbol?.declarations?.some((declaration) => declaration.name === identifier && !isAlias(symbol))) return chain;
    while (symbol && !chain.includes(symbol)) {
      chain.push(symbol);
      symbol = isAlias(symbol) ? checker.getImmediateAliasedSymbol(symbol) : undefined;
    }
    return chain;
  }
}

const isAlias = (symbol) => (symbol.flags & ts.SymbolFlags.Alias) !== 0;

function visit(node, onIdentifier) {
  if (ts.isIdentifier(node)) onIdentifier(node);
  ts.forEachChild(node, (child) => visit(child, onIdentifier));
}

/** Words in the scripts, which import what was compiled and are no part of the program. */
function namesInScripts() {
  const texts = ['scripts', 'bench', 'deploy'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  return new Set(texts.flatMap((text) => text.match(/\w+/g) ?? []));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const unused = unusedExports(ts.createProgram(fileNames, options));
  for (const one of unused) console.log(one);
  process.exitCode = unused.length > 0 ? 1 : 0;
}
