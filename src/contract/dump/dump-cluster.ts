import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { LANGUAGES } from '../fields/languages';

const flag = (description: string) => z.boolean({ error: 'true or false' }).optional().describe(description);

export const dumpClusterInput = z
  .strictObject({
    api: z
      .enum(['ysql', 'ycql'], { error: '"ysql" or "ycql"' })
      .describe('Whose databases: those of YSQL, or the keyspaces of YCQL.'),
    rolesOnly: flag('Roles and their memberships alone, without passwords.'),
    schemaOnly: flag('Roles, tablespaces and the schema of every database, without rows.'),
    ...busyFields,
  })
  .refine(({ rolesOnly, schemaOnly }) => !(rolesOnly && schemaOnly), {
    path: ['schemaOnly'],
    error: 'false or nothing beside "rolesOnly": true',
  })
  .refine(({ api, rolesOnly }) => !rolesOnly || LANGUAGES[api].dumpsRoles, {
    path: ['rolesOnly'],
    error: 'false or nothing beside "api": "ycql", whose tools do not dump roles',
  });

export type DumpClusterInput = z.output<typeof dumpClusterInput>;

export const dumpClusterResult = z.strictObject({
  dumpId: z.string().describe('`<api>-dump-<yyyymmddThhmmssZ>-<6 hex>`.'),
  databases: z.number(),
  files: z.number(),
  bytes: z.number().describe('Bytes in the bucket, compressed.'),
  rows: z.number(),
  manifest: z.strictObject({ key: z.string(), sha256: z.string() }),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type DumpClusterResult = z.output<typeof dumpClusterResult>;
