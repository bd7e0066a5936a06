#!/bin/bash
# ysql_dump and ysql_dumpall of the emulator: pg_dump and pg_dumpall. First argument: which of the two.
program=$1
shift
. "${BASH_SOURCE%/*}/postgres-defaults.bash"

# Flags that only YugabyteDB's tools know, or that would make PostgreSQL wait, are left out; the filter needs to know the file.
args=() file= metadata=
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
    -f?*) file=${1#-f} ;;
    *) args+=("$1") ;;
  esac
  shift
done

# How YSQL's text differs from PostgreSQL's: storage, keys in their tables, no replica identity, which the emulator gave each table.
edits() {
  [ "$program" = pg_dump ] || return 0
  local connection=() i arg value lock_timeout=0
  for ((i = 0; i < ${#args[@]}; i++)); do
    arg=${args[i]} value=${args[i + 1]-}
    case $arg in
      --dbname=* | --host=* | --port=* | --username=* | -d?* | -h?* | -p?* | -U?*) connection+=("$arg") ;;
      --lock-wait-timeout=*) lock_timeout=${arg#*=} ;; # definitions of a locked table wait, too
      --dbname | --host | --port | --username | -d | -h | -p | -U) connection+=("$arg" "$value") && i=$((i + 1)) ;;
      -*) ;;
      *) [ $i -lt $((${#args[@]} - 1)) ] || connection+=("--dbname=$arg") ;;
    esac
  done
  PGOPTIONS="${PGOPTIONS-} -c lock_timeout=$lock_timeout" "$EMULATOR_PG_BIN/psql" -XAtq "${connection[@]}" -v ON_ERROR_STOP=1 \
    -c "SELECT * FROM pg_yb_emulator.dump_edits('${metadata:-no}', '$EMULATOR_COLOCATION_ID', '$EMULATOR_COLOCATION', '$EMULATOR_INDEX_BUILD')"
}
as_ysql() {
  LC_ALL=C awk -f "${BASH_SOURCE%/*}/ysql-dump.awk" mode=edits <(edits) mode=dump -
}

# The form of a dump with YugabyteDB's metadata: settings of its own before PostgreSQL's, in both databases that it connects to, and extensions member by member.
with_metadata() {
  if [ -z "$metadata" ] || [ -z "$EMULATOR_RESTORE_SETTINGS" ]; then
    cat
    return
  fi
  MEMBERS="$(printf '%q ' bash "${BASH_SOURCE%/*}/extension-members.bash" "${args[@]}")" LC_ALL=C awk '
    rows { print; if ($0 == "\\.") rows = 0; next }
    /^COPY .* FROM stdin;$/ { rows = 1 }
    /^\\connect / && !connected { connected = 1; begun = 0 }
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
set -o pipefail
[ -z "$file" ] || exec >"$file"
"$EMULATOR_PG_BIN/$program" --no-publications --no-subscriptions ${args[@]+"${args[@]}"} | as_ysql | with_metadata
