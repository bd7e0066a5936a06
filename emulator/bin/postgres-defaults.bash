# YugabyteDB's defaults for host, port, user and database; the caller's own settings win.
for word in "$@"; do
  case $word in
    --version | -V | -version)
      printf '%s\n' "$EMULATOR_VERSION"
      exit 0
      ;;
  esac
done
export PGHOST="${PGHOST-$EMULATOR_PG_HOST}" PGPORT="${PGPORT-$EMULATOR_PG_PORT}"
export PGUSER="${PGUSER-$EMULATOR_PG_USER}" PGDATABASE="${PGDATABASE-yugabyte}"
