"""The emulator's ycqlsh: Apache's cqlsh, made to do what YugabyteDB's fork of it (github.com/yugabyte/cqlsh, "ycqlsh
5.0.1", with its fork of the driver) does otherwise. Started by the venv's Python; COPY's workers run it too.

Left as Apache's has it: the wording of the last line of COPY, and that a collection in wrong brackets is refused.
"""
import multiprocessing
import os
import sys
from collections import OrderedDict

try:
    from cassandra import cqltypes, metadata, protocol
    from cqlshlib import copyutil, cqlshmain, formatting, util
except ImportError as error:
    sys.exit('cqlsh is not installed (%s). Run `npm run setup`.' % error)


class JsonbType(cqltypes.UTF8Type):
    """YugabyteDB's own type, with a code of its own in the protocol."""
    typename = 'jsonb'


def know_jsonb():
    protocol.ResultMessage.type_codes[0x80] = JsonbType

    @formatting.formatter_for('jsonb')
    def format_jsonb(val, encoding, colormap, quote=False, **_):
        text = formatting.format_value_text(val, encoding=encoding, colormap=formatting.NO_COLOR_MAP, quote=False)
        return formatting.format_python_formatted_type(text, colormap, 'jsonb', quote=quote)

    conversion = copyutil.ImportConversion
    converter, protector = conversion._get_converter, conversion._get_protector
    conversion._get_converter = lambda self, cql_type: (
        (lambda text, **_: text) if cql_type.typename == 'jsonb' else converter(self, cql_type))
    conversion._get_protector = staticmethod(lambda name: protector('text' if name == 'jsonb' else name))


def copy_badly():
    """COPY's habits that Apache has mended since."""
    to_csv, export, parse = (
        copyutil.ExportProcess.write_rows_to_csv, copyutil.ExportTask.run, copyutil.CopyTask.parse_options)

    def write_rows_to_csv(self, token_range, rows, cql_types):  # yugabyte-db#10397
        for _ in rows or ():
            print('cqlshlib.copyutil.ExportProcess.write_rows_to_csv(): writing row')
        return to_csv(self, token_range, rows, cql_types)

    def run(self):  # apache/cassandra#88
        if self.fname is None and not copyutil.DEBUG:
            raise TypeError("CopyTask.__init__.<locals>.<lambda>() got an unexpected keyword argument 'encoding'")
        return export(self)

    copyutil.ExportProcess.write_rows_to_csv = write_rows_to_csv
    copyutil.ExportTask.run = run
    copyutil.CopyTask.parse_options = lambda self, opts, direction: parse(
        self, {'ingestrate': '1000', **opts}, direction)
    # Within a collection a text equal to NULL is refused, where Apache takes it for an empty one.
    copyutil.VarcharType = type('NoType', (), {})


def describe():
    """DESC, which asks the server nothing but the schema; Apache's wants a server that describes itself."""
    metadata.TableMetadataV3.option_maps.append('transactions')
    metadata.SchemaParserV3.recognized_table_options += ('transactions', 'tablets')

    def build_index(self, table, row):
        keyspace, name = table.keyspace_name, row['index_name']
        index = metadata.IndexMetadata(keyspace, table.name, name, row['kind'], row.get('options'))
        index.is_unique, index.properties = row.get('is_unique'), {
            'transactions': row.get('transactions'), 'tablets': row.get('tablets')}
        index.columns, index.partition_key, index.clustering_key = OrderedDict(), [], []
        self._build_table_columns(index, self.keyspace_table_col_rows[keyspace][name])
        return index

    def as_cql_query(self):
        options = dict(self.index_options)
        name, keyspace, table = map(metadata.protect_name, (self.name, self.keyspace_name, self.table_name))
        unique, target = 'UNIQUE ' if self.is_unique else '', options.pop('target')
        text = 'CREATE %sINDEX %s ON %s.%s (%s)' % (unique, name, keyspace, table, target)
        for word, option in (('INCLUDE (%s)', 'include'), ('WHERE %s', 'predicate')):
            if options.get(option):
                text += ' ' + word % options[option]
            options.pop(option, None)
        properties = metadata.TableMetadataV3._property_string(
            True, self.clustering_key, {**options, **self.properties})
        return '%s\n    WITH %s' % (text, properties)

    metadata.SchemaParserV3._build_index_metadata = build_index
    metadata.IndexMetadata.as_cql_query = as_cql_query

    def do_describe(self, parsed):
        bound = {name: self.cql_unprotect_name(parsed.get_binding(name, None))
                 for name in ('ksname', 'cfname', 'idxname', 'mvname', 'utname')}
        keyspace, what = bound['ksname'] or self.current_keyspace, parsed.matched[1][1].lower()
        named = bound['cfname'] or bound['idxname'] or bound['mvname']

        def protected(names):
            return '  '.join(metadata.protect_names(names))

        print('')
        if what == 'keyspaces':
            text = protected(self.get_keyspace_names())
        elif what == 'schema':
            text = '\n\n'.join(keyspace.export_as_string() for keyspace in self.get_keyspaces()
                               if keyspace.name not in cqlshmain.cql3handling.SYSTEM_KEYSPACES)
        elif what in ('functions', 'function', 'aggregates', 'aggregate', 'cluster', 'full', 'materialized'):
            return self.printerr('The emulator does not know DESC %s.' % what.upper())
        elif what == 'keyspace' and keyspace is None:
            return self.printerr('Not in any keyspace.')
        elif what == 'keyspace':
            text = self.get_keyspace_meta(keyspace).export_as_string()
        elif what in ('columnfamilies', 'tables'):
            text = protected(self.get_columnfamily_names(keyspace))
        elif what == 'types':
            text = protected(self.get_usertype_names(keyspace))
        elif what == 'type':
            types = self.get_keyspace_meta(keyspace).user_types
            if bound['utname'] not in types:
                raise cqlshmain.UserTypeNotFound('User type %r not found' % bound['utname'])
            text = types[bound['utname']].export_as_string()
        elif what in ('columnfamily', 'table'):
            text = self.get_table_meta(keyspace, named).export_as_string()
        elif what == 'index':
            text = self.get_index_meta(keyspace, named).export_as_string()
        else:
            text = self.get_object_meta(bound['ksname'], named).export_as_string()
        print(text if what == 'type' else text + '\n')

    cqlshmain.Shell.do_describe = cqlshmain.Shell.do_desc = do_describe
    of_table = cqlshmain.Shell.get_table_meta

    def get_table_meta(self, keyspace, table):
        try:
            return of_table(self, keyspace, table)
        except cqlshmain.ColumnFamilyNotFound:
            raise cqlshmain.ColumnFamilyNotFound('Column family %r not found' % table) from None

    cqlshmain.Shell.get_table_meta = get_table_meta


def begin(argv):
    host, _, port = os.environ.get('EMULATOR_YCQL', '127.0.0.1:9042').rpartition(':')
    cqlshmain.DEFAULT_HOST, cqlshmain.DEFAULT_PORT = host, int(port)
    cqlshmain.Shell.check_build_versions = lambda self: None
    cqlshmain.is_file_secure = lambda path: True
    for option in ('-r', '--refresh_on_describe'), ('--disallow_python_debug',):
        cqlshmain.parser.add_argument(*option, action='store_true')
    read = cqlshmain.read_options

    def read_options(*args):
        stderr, sys.stderr = sys.stderr, Unsaid(sys.stderr)
        try:
            options, host, port = read(*args)
        finally:
            sys.stderr = stderr
        options.protocol_version = options.protocol_version or 4
        return options, host, port

    cqlshmain.read_options = read_options
    cqlshmain.main(argv, '')


class Unsaid:
    """Standard error without Apache's advice about passwords in cqlshrc and on the command line."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        if not any(words in text for words in ('Credentials in the cqlshrc', 'Using a password on the command line')):
            self.stream.write(text)

    def flush(self):
        self.stream.flush()


know_jsonb()
copy_badly()
describe()

if __name__ == '__main__':
    if sys.platform == 'linux':
        multiprocessing.set_start_method('fork')  # Python 3.14 begins anew for each worker
    begin(sys.argv[1:])
