import { untoldPredicates } from '../../src/activities/control/dump/untold-predicates';
import { cqlStatements } from '../../src/yugabyte';
import { capabilitiesOf } from '../../src/yugabyte/releases';

const DESCRIBED = `
  CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'};
  CREATE TABLE shop.t (id int PRIMARY KEY, v int) WITH transactions = {'enabled': 'true'};
  CREATE INDEX t_some ON shop.t (v, id) WITH transactions = {'enabled': 'true'};
  CREATE UNIQUE INDEX "Odd" ON shop.t (v, id) WITH transactions = {'enabled': 'true'};`;
const said = (release: string, text = DESCRIBED): string[] =>
  untoldPredicates(capabilitiesOf(release), 'ycql.shop', cqlStatements(text));

it.each(['2.6.20.0', '2.7.2.0', '2.9.0.0'])(
  '24: YugabyteDB %s does not print the WHERE of any index, so all indexes are named',
  (release) => {
    expect(said(release)).toEqual([
      expect.stringMatching(`^YugabyteDB ${release} .*#9762.* ycql\\.shop .*: t_some, Odd\\.`),
    ]);
    expect(said(release, DESCRIBED.replace(/CREATE (UNIQUE )?INDEX[^;]*;/g, ''))).toEqual([]);
  },
);

it.each(['2.8.0.0', '2.9.1.0', '2.14.17.0', '2025.1.1.0'])(
  '24: YugabyteDB %s prints it, so nothing is reported',
  (release) => {
    expect(said(release)).toEqual([]);
  },
);
