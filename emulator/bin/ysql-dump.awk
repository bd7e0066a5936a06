# What ysql_dump prints otherwise than pg_dump. With mode=edits come the lines of dump_edits (sql/storage-sql.ts), with mode=dump pg_dump's output.
# Rows of COPY pass as they are.
function text(field) { gsub("\037", "\n", field); return field }
function flush(    i, last, line) {
  line = block[lines]
  for (i = 1; i < lines; i++) if (block[i] ~ /^\)/) break
  if (i > lines) i = lines
  if (pk[key] != "") {
    last = i - 1
    if (last > 1) block[last] = block[last] ","
    block[last] = block[last] "\n    " pk[key]
  }
  sub(/;$/, "", block[lines])
  if (options[key] != "") {
    if (block[lines] ~ /^WITH \(.*\)$/) block[lines] = substr(block[lines], 1, length(block[lines]) - 1) ", " options[key] ")"
    else block[lines] = block[lines] "\nWITH (" options[key] ")"
  }
  if (placed[key] != "") block[lines] = block[lines] "\n" text(placed[key])
  if (before[key] != "" && !announced) { print text(before[key]); announced = 1 }
  for (i = 1; i < lines; i++) print block[i]
  print block[lines] ";"
  lines = 0
}
BEGIN { FS = "\036" }
mode == "edits" {
  if ($1 == "T") { table[$2] = 1; pk[$2] = $3; options[$2] = $4; placed[$2] = $5; before[$2] = $6 }
  else if ($1 == "K") { instead[$2 "\n" $3] = $4; known[$2 "\n" $3] = 1 }
  else if ($1 == "I" || $1 == "V") { other[$2] = $3 }
  else if ($1 == "N") node[text($2)] = $3
  else if ($1 == "D") database = $2
  else if ($1 == "G") groups = groups $2 "\037\037"
  next
}
copying { print; if ($0 == "\\.") copying = 0; next }
lines { block[++lines] = $0; if ($0 ~ /;$/ && $0 !~ /^ /) flush(); next }
held != "" {
  if ((held "\n" $0) in node) print node[held "\n" $0]
  if ((held "\n" $0) in known) { if (instead[held "\n" $0] != "") print text(instead[held "\n" $0]); held = ""; next }
  # YSQL's options stand in the statement itself, PostgreSQL's in one of their own.
  if (held ~ /^CREATE TABLESPACE / && $0 ~ /^ALTER TABLESPACE .* SET \(replica_placement=.*\);$/) {
    sub(/^ALTER TABLESPACE .* SET \(replica_placement=/, "")
    sub(/\);$/, "")
    gsub(/'/, "''")
    sub(/;$/, "", held)
    print held " WITH (replica_placement='" $0 "');"
    held = ""
    next
  }
  print held
  held = ""
}
/^COPY .* FROM stdin;$/ { copying = 1; print; next }
/^ALTER TABLE ONLY .* REPLICA IDENTITY FULL;$/ { next } # every table has one that the emulator gave it
/^ALTER TABLE ONLY / && !/;$/ { held = $0; next }
/^CREATE TABLESPACE .* LOCATION '.*';$/ { sub(/LOCATION '.*';$/, "LOCATION '';"); held = $0; next }
$0 in node { print node[$0] }
$0 in table { key = $0; block[lines = 1] = $0; next }
$0 in other { print text(other[$0]); next }
/^CREATE DATABASE .*;$/ && database != "" { sub(/;$/, database ";") }
/^SET default_tablespace = / && groups != "" { printf "%s", text(groups); groups = "" }
{ print }
END { if (held != "") print held }
