import { dumpDatabaseInput, parseInput } from '../../src/contract';

const problemsOf = (copyOptions: unknown) => {
  const parsed = parseInput('dumpDatabase', dumpDatabaseInput, { database: 'ycql.shop', copyOptions });
  return parsed.ok ? [] : parsed.problems.map(({ field, allowed }) => `${field}: ${allowed}`);
};

it.each([
  {},
  { DELIMITER: ';' },
  { NULL: '\\N' },
  { HEADER: true, PAGESIZE: 500, NUMPROCESSES: 2 },
  { INGESTRATE: 50_000, CHUNKSIZE: 100, MAXBATCHSIZE: 5, MINBATCHSIZE: 2 },
])('options of COPY are taken: %j', (options) => {
  expect(problemsOf(options)).toEqual([]);
});

it.each([
  [{ DELIMITER: 'ab' }, /^copyOptions\.DELIMITER: one character/],
  [{ DELIMITER: '"' }, /^copyOptions\.DELIMITER: one character/],
  [{ DELIMITER: '\\' }, /^copyOptions\.DELIMITER: one character/],
  [{ DELIMITER: '1' }, /^copyOptions\.DELIMITER: one character/],
  [{ NULL: 'null' }, /^copyOptions\.NULL: a text that no value is printed as/],
  [{ NULL: '' }, /^copyOptions\.NULL: a text that no value is printed as/],
  [{ NULL: '\\n' }, /^copyOptions\.NULL: a text that no value is printed as/],
  [{ HEADER: false }, /^copyOptions\.HEADER: true/],
  [{ INGESTRATE: 0 }, /^copyOptions\.INGESTRATE: a whole number over 0/],
  [{ PAGESIZE: '100' }, /^copyOptions\.PAGESIZE: a whole number over 0/],
  [{ SKIPROWS: 1 }, /^copyOptions\.SKIPROWS: nothing: a dump holds every row/],
  [{ ESCAPE: '\\' }, /^copyOptions\.ESCAPE: nothing: Kalpa sets it/],
  [{ ERRFILE: '/tmp/x' }, /^copyOptions\.ERRFILE: nothing: files of the shell/],
  [{ NOTHING: 1 }, /no such field/],
])('options of COPY are refused: %j', (options, problem) => {
  expect(problemsOf(options)).toEqual([expect.stringMatching(problem)]);
});

it('they are for keyspaces alone', () => {
  const parsed = parseInput('dumpDatabase', dumpDatabaseInput, { database: 'ysql.shop', copyOptions: { PAGESIZE: 5 } });
  expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['copyOptions']);
});
