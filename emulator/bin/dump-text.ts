/** Entries of a dump that the emulator itself put into the database. */
const OWN = /^-- Name: (?:kalpa_emulator\S*|SCHEMA kalpa_emulator|EVENT TRIGGER kalpa_emulator\S*); Type: /;

/**
 * A dump without what the emulator added: its event triggers, its schema's rights, and the replica identity that its
 * trigger gave to every table.
 */
export function withoutEmulator(dump: string): string {
  const entries = dump.split(/(?=^--\n-- (?:Name|Data for Name): )/m);
  return entries
    .filter((entry) => !OWN.test(entry.slice(3)))
    .join('')
    .replace(/^ALTER TABLE ONLY .* REPLICA IDENTITY FULL;\n\n?\n?/gm, '');
}

/** Flags that only YugabyteDB's tools know. */
const YB_SWITCHES = new Set([
  '--include-yb-metadata',
  '--no-serializable-deferrable',
  '--dump-role-checks',
  '--serializable-deferrable',
]);

/** Arguments for pg_dump from those for ysql_dump, and the file that the output goes to. */
export function pgDumpArguments(argv: readonly string[]): { args: string[]; file?: string } {
  const args: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i] ?? '';
    const value = (name: string): string | undefined =>
      arg.startsWith(`${name}=`) ? arg.slice(name.length + 1) : undefined;
    if (YB_SWITCHES.has(arg)) continue;
    if (arg === '-m' || arg === '--masters') i += 1;
    else if (value('--masters') !== undefined) continue;
    else if (arg === '-f' || arg === '--file') file = argv[(i += 1)];
    else if (value('--file') !== undefined) file = value('--file');
    else args.push(arg);
  }
  return { args, ...(file === undefined ? {} : { file }) };
}
