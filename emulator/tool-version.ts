import { has, type Release } from './releases';

/** What `--version` of each tool prints: its release, and that it is an emulator. */
export function toolVersion(tool: string, { dialect, release }: { dialect: Release; release: string }): string {
  if (tool === 'yb-admin')
    return `version ${release} build 1 revision emulator build_type RELEASE built at 01 Jan 2025 00:00:00 UTC (YugabyteDB emulator)`;
  if (tool === 'ycqlsh') return '[ycqlsh 5.0.1 | emulator]';
  // YugabyteDB's own version of the PostgreSQL in it.
  return `${tool} (PostgreSQL) ${has(dialect, 'postgres15') ? '15.2' : '11.2'}-YB-${release}-emulator`;
}
