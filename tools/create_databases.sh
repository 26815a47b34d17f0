#!/bin/sh
# Run once by the postgres container: one database and role for Prefect, one for the journal.
set -eu
for pair in "prefect:$PREFECT_DB_PASSWORD" "torikomi:$TORIKOMI_JOURNAL_PASSWORD"; do
  name=${pair%%:*}
  psql -v ON_ERROR_STOP=1 -v name="$name" -v password="${pair#*:}" -U "$POSTGRES_USER" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
done
