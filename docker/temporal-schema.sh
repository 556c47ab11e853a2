#!/bin/sh
# Creates Temporal's two databases, or brings them to the schema of this version; again is harmless.
set -eu
schema=/etc/temporal/schema/postgresql/v12
tool() {
  temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user "$POSTGRES_USER" --db "$@"
}
export SQL_PASSWORD="$POSTGRES_PWD"
for name in temporal visibility; do
  database=temporal
  [ "$name" = visibility ] && database=temporal_visibility
  tool "$database" create
  tool "$database" setup-schema --version 0.0 || echo "$database has a schema already"
  tool "$database" update-schema --schema-dir "$schema/$name/versioned"
done
