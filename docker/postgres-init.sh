#!/bin/sh
# Runs once, on an empty data folder: the ledger's own user, insert-only role and database beside Temporal's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$MLOPS_DATABASE_PASSWORD" <<'SQL'
create role mlops login password :'password';
create role mlops_writer nologin;
grant mlops_writer to mlops;
create database mlops owner mlops encoding 'UTF8' template template0;
SQL
