import { OPERATIONS } from '../../emulator/commands/registry';
import { has, RELEASE_NAMES, type Release } from '../../emulator/releases';

/** The releases that know an operation. */
const knowing = (operation: string): Release[] => RELEASE_NAMES.filter((release) => operation in OPERATIONS[release]);

it.each([
  ['delete_snapshot_schedule', '2.6'],
  ['list_snapshot_restorations', '2.14'],
  ['disable_tablet_splitting', '2.14'],
  ['edit_snapshot_schedule', '2.20'],
  ['list_namespaces', '2.20'],
  ['import_snapshot_selective', '2.20'],
  ['clone_namespace', '2024.2'],
] as const)('24: %s is unknown before %s', (operation, first) => {
  expect(knowing(operation)).toEqual(RELEASE_NAMES.slice(RELEASE_NAMES.indexOf(first)));
});

it.each([
  ['create_database_snapshot', '2025.1', 2],
  ['ysql_catalog_version', '2026.1', 1],
] as const)('24: %s takes another argument from %s on', (operation, first, most) => {
  const taking = RELEASE_NAMES.filter((release) => OPERATIONS[release][operation]?.count[1] === most);
  expect(taking).toEqual(RELEASE_NAMES.slice(RELEASE_NAMES.indexOf(first)));
});

it('24.1: no tserver of 2.6 and 2.14 has a JSON page of its tablets', () => {
  expect(RELEASE_NAMES.filter((release) => !has(release, 'tabletsJson'))).toEqual(['2.6', '2.14']);
});
