#!/bin/bash
# ysql_dump and ysql_dumpall of the emulator: pg_dump and pg_dumpall. First argument: which of the two.
program=$1
shift
. "${BASH_SOURCE%/*}/postgres-defaults.bash"

# Flags that only YugabyteDB's tools know, or that would make PostgreSQL wait, are left out; the filter needs to know the file.
args=() file= metadata= read_time=
while [ $# -gt 0 ]; do
  case $1 in
    --include-yb-metadata) metadata=yes ;;
    --no-include-yb-metadata | --dump-role-checks) ;;
    --serializable-deferrable | --no-serializable-deferrable | --masters=* | -m?*) ;;
    -m | --masters) shift ;;
    -f | --file)
      file=${2-}
      shift
      ;;
    --file=*) file=${1#--file=} ;;
    --read-time | --read-time=*)
      if [ "$program" != pg_dump ] || [ -z "$EMULATOR_DUMP_READ_TIME" ]; then
        printf "ysql_dump: unrecognized option '%s'\\nTry \"ysql_dump --help\" for more information.\\n" "$1" >&2
        exit 1
      fi
      case $1 in *=*) read_time=${1#*=} ;; *) read_time=${2-} && shift ;; esac
      if [[ ! $read_time =~ ^(0|[1-9][0-9]*)$ ]]; then
        echo 'ysql_dump: error: read-time must be in Unix timestamp in microseconds. Ex: 1694679081741370' >&2
        exit 1
      fi
      ;;
    --help | -\?)
      "$EMULATOR_PG_BIN/$program" --help
      [ "$program" != pg_dump ] || [ "$EMULATOR_DUMP_READ_TIME" != offered ] ||
        echo '  --read-time=TIMESTAMP        dump as of this moment, a Unix timestamp in microseconds'
      exit
      ;;
    -f?*) file=${1#-f} ;;
    *) args+=("$1") ;;
  esac
  shift
done

# Host, port, user and database, as psql takes them; what is told to pg_dump of locks holds for definitions of a locked table, too.
connection=() lock_timeout=0 whole_schema=
for ((i = 0; i < ${#args[@]}; i++)); do
  arg=${args[i]} value=${args[i + 1]-}
  case $arg in
    --dbname=* | --host=* | --port=* | --username=* | -d?* | -h?* | -p?* | -U?*) connection+=("$arg") ;;
    --lock-wait-timeout=*) lock_timeout=${arg#*=} ;;
    --dbname | --host | --port | --username | -d | -h | -p | -U) connection+=("$arg" "$value") && i=$((i + 1)) ;;
    --create | -C) whole_schema+=c ;;
    --schema-only | -s) whole_schema+=s ;;
    -w | --no-password | -W) ;;
    -*) whole_schema+=x ;;
    *) [ $i -lt $((${#args[@]} - 1)) ] || connection+=("--dbname=$arg") ;;
  esac
done
set -o pipefail
[ -z "$file" ] || exec >"$file"

# As of a moment: the text that the emulator kept of it (time-travel/schema-of-snapshot.ts).
if [ -n "$read_time" ] && [ "$read_time" != 0 ]; then
  case "$metadata $whole_schema" in
    'yes cs' | 'yes sc') ;;
    *)
      echo 'ysql_dump: error: the emulator knows the past of a whole schema alone: --include-yb-metadata --create --schema-only' >&2
      exit 1
      ;;
  esac
  if ! text=$("$EMULATOR_PG_BIN/psql" -XAtq "${connection[@]}" -v ON_ERROR_STOP=1 -c 'SET client_min_messages = error' \
    -c "SET yb_read_time To $read_time" -c 'SELECT pg_yb_emulator.dumped()' 2>&1); then
    printf 'ysql_dump: error: query failed: %s\n' "$text" >&2
    exit 1
  fi
  if [ -n "$text" ]; then
    printf '%s' "${text%.}"
    exit
  fi # nothing has changed since: it is dumped now, as soon as locks allow
fi

# How YSQL's text differs from PostgreSQL's: storage, keys in their tables, no replica identity, which the emulator gave each table.
edits() {
  [ "$program" = pg_dump ] || return 0
  PGOPTIONS="${PGOPTIONS-} -c lock_timeout=$lock_timeout" "$EMULATOR_PG_BIN/psql" -XAtq "${connection[@]}" -v ON_ERROR_STOP=1 \
    -c "SELECT * FROM pg_yb_emulator.dump_edits('${metadata:-no}', '$EMULATOR_COLOCATION_ID', '$EMULATOR_COLOCATION', '$EMULATOR_INDEX_BUILD', '$EMULATOR_FILE_NODES', '$EMULATOR_TABLEGROUPS', '$EMULATOR_KEY_NAMES')"
}
# Login profiles stand behind the roles and their memberships.
with_profiles() {
  local text
  text=$("$EMULATOR_PG_BIN/psql" -XAtq "${connection[@]}" -v ON_ERROR_STOP=1 -c 'SELECT pg_yb_emulator.dumped_profiles()') || return 1
  PROFILES=$text LC_ALL=C awk '
    $0 == "--" { held = held $0 "\n"; next }
    !told && (/^-- (Tablespaces|Databases|PostgreSQL database cluster dump complete)$/ || /^\\unrestrict /) {
      told = 1
      if (ENVIRON["PROFILES"] != "") printf "%s\n\n", ENVIRON["PROFILES"]
    }
    { printf "%s", held; held = ""; print }
    END { printf "%s", held }'
}
as_ysql() {
  LC_ALL=C awk -f "${BASH_SOURCE%/*}/ysql-dump.awk" mode=edits <(edits) mode=dump -
}

# The form of a dump with the metadata of YugabyteDB: settings of its own before those of PostgreSQL each time that it connects (twice for a database
# with properties), and extensions member by member.
with_metadata() {
  if [ -z "$metadata" ] || [ -z "$EMULATOR_RESTORE_SETTINGS" ]; then
    cat
    return
  fi
  MEMBERS="$(printf '%q ' bash "${BASH_SOURCE%/*}/extension-members.bash" "${args[@]}")" LC_ALL=C awk '
    rows { print; if ($0 == "\\.") rows = 0; next }
    /^COPY .* FROM stdin;$/ { rows = 1 }
    /^-- Name: .*; Type: / && !/; Type: (DATABASE|DATABASE PROPERTIES|ACL|COMMENT|SECURITY LABEL); Schema: -;/ { inside = 1 }
    /^\\connect / && !inside { begun = 0 }
    !begun && $0 == "SET statement_timeout = 0;" { begun = 1; print ENVIRON["EMULATOR_RESTORE_SETTINGS"] }
    /^-- Name: .*; Type: / { type = $0; sub(/^.*; Type: /, "", type); sub(/;.*/, "", type) }
    type == "EXTENSION" && /^CREATE EXTENSION IF NOT EXISTS / {
      type = ""
      if (!entered) { fflush(); if (system(ENVIRON["MEMBERS"])) failed = 1 }
      entered = 1
      next
    }
    { print }
    END { exit failed }'
}
"$EMULATOR_PG_BIN/$program" --no-publications --no-subscriptions ${args[@]+"${args[@]}"} | as_ysql |
  if [ "$program" = pg_dumpall ] && [ -n "$EMULATOR_PROFILES" ]; then with_profiles; else with_metadata; fi
