#!/bin/sh
# Runs once, on an empty data folder: the ledger's database beside Temporal's, its owner for migrations alone, and a login
# each for worker and model server, who own nothing of it.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
  --set owner_password="$MLOPS_OWNER_PASSWORD" \
  --set worker_password="$MLOPS_DATABASE_PASSWORD" \
  --set server_password="$MODEL_SERVER_DATABASE_PASSWORD" <<'SQL'
create role mlops_owner login password :'owner_password';
create role mlops_worker login password :'worker_password';
create role mlops_model_server login password :'server_password';
create role mlops_writer nologin;
create role mlops_server nologin;
grant mlops_writer to mlops_worker;
grant mlops_server to mlops_model_server;
create database mlops owner mlops_owner encoding 'UTF8' template template0;
alter role mlops_worker in database mlops set search_path to "$user", public, mlops;
SQL
