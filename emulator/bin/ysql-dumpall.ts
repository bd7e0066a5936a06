import { becomeDump } from './dump-program';

becomeDump('ysql_dumpall', 'pg_dumpall', ['--no-publications', '--no-subscriptions']);
