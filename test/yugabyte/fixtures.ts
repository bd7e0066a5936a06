import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilitiesOf, type Capabilities } from '../../src/yugabyte/releases';

/** The dialects that the emulator speaks too. */
export const FIXTURE_DIALECTS = ['2.6', '2025.1'] as const;
export type FixtureDialect = (typeof FIXTURE_DIALECTS)[number];

export function dialectNamed(name: FixtureDialect): Capabilities {
  return capabilitiesOf(`${name}.0.0`);
}

/** What yb-admin prints, byte for byte: `list_snapshots/none`, `errors/usage`. */
export function ybAdminPrints(dialect: FixtureDialect, name: string): string {
  return readFileSync(join(__dirname, '../fixtures/yb-admin', dialect, `${name}.txt`), 'utf8');
}
