#!/bin/bash
# Prints what the extensions of a database are made of, in the form of ysql_dump with YugabyteDB's metadata: each extension empty, then its members one by one.
# Arguments: those of pg_dump. They are the entries of a dump for pg_upgrade that enter a member, or a member's type before its functions.
args=()
for arg; do case $arg in --create | -C) ;; *) args+=("$arg") ;; esac; done

# Left out: oids that the release does not preserve, transaction ids, which YugabyteDB has none of, and what belongs to the dump around it.
set -o pipefail
"$EMULATOR_PG_BIN/pg_dump" --binary-upgrade --no-publications --no-subscriptions "${args[@]}" | LC_ALL=C awk '
  function part(after, text) { sub(".*; " after ": ", "", text); sub(/;.*/, "", text); return text }
  /^-- Name: .*; Type: / { n++; type[n] = part("Type", $0); key[n] = $0; sub(/; Type: .*/, "", key[n]); key[n] = part("Schema", $0) key[n] }
  $0 == "-- PostgreSQL database dump complete" { n++ }
  /^ALTER EXTENSION .* ADD / { kept[n] = 1; if (type[n] == "TYPE") entered[key[n]] = 1 }
  type[n] == "EXTENSION" { kept[n] = 1 }
  $0 ~ "binary_upgrade_set_next_(" ENVIRON["EMULATOR_NOT_PRESERVED"] ")_" || /^SET default_|^--$|^-- Name: |^\\(un)?restrict / { next }
  /^-- For binary upgrade, set heap.s relfrozenxid/ { skipped = 4 }
  skipped > 0 { skipped--; next }
  { text[n] = text[n] $0 "\n" }
  END { for (i = 1; i <= n; i++) if (kept[i] || (type[i] == "SHELL TYPE" && key[i] in entered)) printf "%s", text[i] }'
