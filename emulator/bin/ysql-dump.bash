#!/bin/bash
# ysql_dump and ysql_dumpall of the emulator: pg_dump and pg_dumpall. First argument: which of the two.
program=$1
shift
. "${BASH_SOURCE%/*}/postgres-defaults.bash"

# Flags that only YugabyteDB's tools know, or that would make PostgreSQL wait, are left out; the filter needs to know the file.
args=() file=
while [ $# -gt 0 ]; do
  case $1 in
    --include-yb-metadata | --no-include-yb-metadata | --dump-role-checks) ;;
    --serializable-deferrable | --no-serializable-deferrable | --masters=* | -m?*) ;;
    -m | --masters) shift ;;
    -f | --file)
      file=${2-}
      shift
      ;;
    --file=*) file=${1#--file=} ;;
    -f?*) file=${1#-f} ;;
    *) args+=("$1") ;;
  esac
  shift
done

# Every table has a replica identity that the emulator gave it (sql/install-sql.ts). Rows of COPY pass as they are.
without_own_lines() {
  LC_ALL=C sed -e '/^COPY .* FROM stdin;$/,/^\\\.$/b' -e '/^ALTER TABLE ONLY .* REPLICA IDENTITY FULL;$/d'
}
set -o pipefail
[ -z "$file" ] || exec >"$file"
"$EMULATOR_PG_BIN/$program" --no-publications --no-subscriptions ${args[@]+"${args[@]}"} | without_own_lines
