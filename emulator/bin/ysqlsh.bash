#!/bin/bash
# ysqlsh of the emulator: psql.
. "${BASH_SOURCE%/*}/postgres-defaults.bash"
exec "$EMULATOR_PG_BIN/psql" "$@"
