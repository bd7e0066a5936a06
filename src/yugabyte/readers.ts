import type { z } from 'zod';
import type { Capabilities } from './releases';
import { UnexpectedOutput } from './errors';
import { entitiesDocument } from './http/dump-entities';
import { tabletServersDocument } from './http/tablet-servers';
import { tserverTabletsDocument } from './http/tserver-tablets';
import { versionDocument } from './http/version';
import * as commands from './yb-admin';
import { schedulesDocument, snapshotsDocument, type Command } from './yb-admin';

/** The schema of each JSON document, by the yb-admin operation or page path that returns it. */
const DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  list_snapshots: snapshotsDocument,
  list_snapshot_schedules: schedulesDocument,
  '/dump-entities': entitiesDocument,
  '/api/v1/tablet-servers': tabletServersDocument,
  '/api/v1/tablets': tserverTabletsDocument,
  '/api/v1/version': versionDocument,
};

/** Every command that the commands' folder exports. */
const COMMANDS = new Map(
  Object.values<unknown>(commands).flatMap((value) => {
    const command = value as Command<never, unknown>;
    return typeof command === 'object' && typeof command.parse === 'function' ? [[command.name, command] as const] : [];
  }),
);

/** What Kalpa needs and an output lacks; undefined if it could be parsed, or if Kalpa does not parse it. */
export function unreadable(
  of: { operation: string; output: string; args: readonly string[] } | { page: string; output: string },
  capabilities: Capabilities,
): string | undefined {
  if ('page' in of) {
    const document = DOCUMENTS[of.page];
    const issue = document?.safeParse(jsonIn(of.output)).error?.issues[0];
    return issue === undefined ? undefined : `${issue.path.join('.')}: ${issue.message}`;
  }
  try {
    // Some results merely echo the input; only the printed output is parsed.
    COMMANDS.get(of.operation)?.parse(of.output, capabilities, {} as never, of.args);
    return undefined;
  } catch (error) {
    return error instanceof UnexpectedOutput ? error.message : undefined;
  }
}

/** Fields of a JSON output that Kalpa does not read, each by its path: `snapshots[].previous_snapshot_time`. */
export function unreadFields(of: string, output: string): string[] {
  const document = DOCUMENTS[of];
  const value = document && jsonIn(output);
  if (!document || value === undefined) return [];
  const found = new Set<string>();
  walk(value, document, '', found);
  return [...found];
}

function walk(value: unknown, schema: z.ZodType, path: string, found: Set<string>): void {
  const { def } = schema as unknown as { def: SchemaDefinition };
  const inner = def.innerType;
  if (inner) walk(value, inner, path, found);
  else if (def.type === 'array' && def.element && Array.isArray(value))
    for (const one of value) walk(one, def.element, `${path}[]`, found);
  else if (def.type === 'record' && def.valueType && isObject(value))
    for (const one of Object.values(value)) walk(one, def.valueType, `${path}.*`, found);
  else if (def.type === 'object' && def.shape && isObject(value))
    for (const [name, one] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      const field = def.shape[name];
      if (field) walk(one, field, at, found);
      else found.add(at);
    }
}

interface SchemaDefinition {
  type: string;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Warnings may precede it; undefined if there is no document. */
function jsonIn(output: string): unknown {
  const start = /^[{[]/m.exec(output)?.index;
  if (start === undefined) return undefined;
  try {
    return JSON.parse(output.slice(start));
  } catch {
    return undefined;
  }
}
