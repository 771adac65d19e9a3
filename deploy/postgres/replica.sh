#!/bin/sh
# A replica of PostgreSQL: copies the primary once, then follows it. PRIMARY (postgres), its port PGPORT (5432), PGUSER.
set -eu
umask 077
printf '*:*:*:*:%s\n' "$(cat "$POSTGRES_PASSWORD_FILE")" >/tmp/pgpass
primary="host=${PRIMARY:-postgres} port=${PGPORT:-5432} user=$PGUSER passfile=/tmp/pgpass"

if [ ! -e "$PGDATA/PG_VERSION" ]; then
    # Beside its place first: a copy that breaks off is begun anew.
    rm -rf "$PGDATA.copy"
    mkdir -p "$(dirname "$PGDATA")"
    pg_basebackup --dbname "$primary" --pgdata "$PGDATA.copy" --wal-method stream --write-recovery-conf --checkpoint fast
    rm -rf "$PGDATA"
    mv "$PGDATA.copy" "$PGDATA"
fi
exec postgres -D "$PGDATA" "$@"
