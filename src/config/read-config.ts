import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { ConfigurationError } from './configuration-error';
import { nearestName } from '../contract/fields/nearest-name';
import { kalpaConfigSchema, type KalpaConfig } from './schema';

/**
 * Reads and checks one `kalpa.yaml`. Relative paths in it are relative to its folder. Throws `ConfigurationError` with
 * every problem in one message, each with its line.
 */
export function readConfig(file: string): KalpaConfig {
  return resolvePaths(parseConfig(textOf(file), file), dirname(resolve(file)));
}

/** Checks the text of a `kalpa.yaml`; `file` is for messages only. */
export function parseConfig(text: string, file: string): KalpaConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    throw new ConfigurationError(`${file} is not valid YAML: ${syntax.message.trim()} Correct it and try again.`, [
      syntax.message,
    ]);
  }
  const parsed = kalpaConfigSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, document, lines));
  throw new ConfigurationError(
    `${file} can't be used: ${problems.join('; ')}. Correct ${problems.length === 1 ? 'it' : 'them'} and try again (every key: docs/reference/configuration.md).`,
    problems,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : `reading failed with ${code ?? 'an error'}`;
    throw new ConfigurationError(`The configuration ${file} can't be read: ${why}. Name another one with --config.`);
  }
}

function describeIssue(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(kalpaConfigSchema, issue.path);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const advice = nearest ? `did you mean "${nearest}"?` : `the keys there are ${known.join(', ')}`;
      return `${lineOf([...issue.path, key], document, lines)}there is no key "${[...issue.path, key].join('.')}" (${advice})`;
    });
  }
  const missing = document.getIn(issue.path) === undefined;
  return [
    `${lineOf(issue.path, document, lines)}${issue.path.join('.') || 'the file'} ${missing ? 'is missing' : 'is wrong'}, it must be ${expected(issue)}`,
  ];
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  const words: Record<string, string> = { object: 'a group of keys', array: 'a list', record: 'a group of keys' };
  return words[issue.expected] ?? issue.message;
}

function lineOf(path: PropertyKey[], document: Document, lines: LineCounter): string {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const last = path.at(-1);
  const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(last)) : undefined;
  const node = pair?.key ?? document.getIn(path, true);
  return isNode(node) && node.range ? `line ${lines.linePos(node.range[0]).line}: ` : '';
}

/** The keys allowed at a path of the configuration. */
function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  const object = withoutWrappers(schema);
  if (!(object instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(object.shape);
  const next = (object.shape as Record<string, z.ZodType>)[String(first)];
  return next ? keysAt(next, rest) : [];
}

function withoutWrappers(schema: z.ZodType): z.ZodType {
  let current: z.ZodType = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault || current instanceof z.ZodPrefault) {
    current = current.unwrap() as z.ZodType;
  }
  return current;
}

function resolvePaths(config: KalpaConfig, folder: string): KalpaConfig {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const set = <T extends object, K extends keyof T & string>(target: T | undefined, ...keys: K[]): void => {
    for (const key of keys) {
      const value = target?.[key];
      if (target && typeof value === 'string') target[key] = absolute(value) as T[K];
    }
  };
  set(config, 'tools');
  set(config.ysql, 'passwordFile', 'rootCert');
  set(config.ycql, 'passwordFile', 'rootCert');
  set(config.http, 'rootCert');
  set(config.tls, 'certsDir');
  set(config.repository, 'caFile');
  set(config.signing, 'privateKeyFile');
  if (config.node) config.node.dataDirs = config.node.dataDirs.map(absolute);
  return config;
}
