import { becomeDump } from './dump-program';

becomeDump('ysql_dump', 'pg_dump', ['--no-publications', '--no-subscriptions']);
