#!/bin/bash
# server.sh COMMAND: manages the demo's private server, of PostgreSQL ${PG:-18}, under target/server/. The server has a
# socket in a folder of its own and no network port, and never runs as root. Commands:
#   start         creates the server if necessary and starts it; restarts it if the extension has been built since
#   stop          stops it
#   status        says whether it is running
#   socket        prints the folder of its socket, the value of PGHOST for clients
#   fresh NAME SETTING=VALUE…  drops the database NAME and creates it again, with the extension and its settings
#   psql ARG…     runs psql on it
. "$(dirname "$0")/common.sh"

major=${PG:-18}
bin=$(pgrx-config/get-postgresql.sh "$major")/bin
home=$root/target/server/$major
data=$home/data
as_user=$root/pgrx-config/as-user.sh

# The folder of the socket. The path of a socket may have at most 107 bytes; if it would be longer, the folder is a
# temporary one.
socket_folder() {
  local folder=$home/socket
  if [ "$(printf %s "$folder/.s.PGSQL.5432" | wc -c)" -gt 107 ]; then
    folder=$(cat "$home/socket-folder" 2>/dev/null || true)
    if [ ! -d "$folder" ]; then
      folder=$(mktemp -d "${TMPDIR:-/tmp}/pg_guardrail.XXXXXX")
      echo "$folder" >"$home/socket-folder"
    fi
  fi
  # shellcheck disable=SC2174 # Only the folder itself is private.
  mkdir -p -m 700 "$folder"
  echo "$folder"
}

# Whether the process in the lock file is really the server of this data folder: another program may have its number
# by now.
running() {
  local pid
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/cwd")" = "$data" ]
}

answers() { "$bin/pg_isready" --quiet --host "$(socket_folder)"; }

outdated() { [ "$bin/../lib/pg_guardrail.so" -nt "$data/postmaster.pid" ]; }

stop() {
  if running; then "$as_user" "$bin/pg_ctl" stop --silent --pgdata "$data" --mode fast; fi
}

make_cluster() {
  rm -rf "$data"
  mkdir -p "$home"
  "$as_user" "$bin/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync
  echo "include 'private.conf'" >>"$data/postgresql.conf"
  touch "$data/complete"
}

write_configuration() {
  local folder=${1//\'/\'\'}
  cp pgrx-config/postgresql.conf "$data/private.conf"
  echo "unix_socket_directories = '\"${folder//\"/\"\"}\"'" >>"$data/private.conf"
}

# Starts the server, which is known not to run. A server that was killed leaves locks, which would prevent the start.
launch() {
  rm -f "$data/postmaster.pid" "$(socket_folder)"/.s.PGSQL.5432*
  "$as_user" "$bin/pg_ctl" start --silent --pgdata "$data" --log "$home/server.log" || {
    tail -n 20 "$home/server.log"
    return 1
  }
}

start() {
  mkdir -p "$home"
  if running && answers && ! outdated; then return; fi
  stop
  if [ ! -e "$data/complete" ]; then step "Creating a private server" make_cluster; fi
  write_configuration "$(socket_folder)"
  : >"$home/server.log"
  step "Starting the private server" launch
}

psql() { PGHOST=$(socket_folder) PGUSER=postgres "$bin/psql" "$@"; }

# Roles belong to the server, not to a database. Those that an earlier run left behind are dropped, too, unless something
# in another database depends on them.
fresh() {
  local name=$1 setting
  shift
  psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 --set name="$name" <<'SQL'
SET client_min_messages = warning;
ALTER SYSTEM RESET ALL;
SELECT pg_reload_conf() \g /dev/null
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
DO $$
DECLARE
  role name;
BEGIN
  FOR role IN SELECT rolname FROM pg_roles WHERE rolname <> 'postgres' AND NOT starts_with(rolname, 'pg_') LOOP
    BEGIN
      EXECUTE format('DROP ROLE %I', role);
    EXCEPTION WHEN dependent_objects_still_exist THEN
    END;
  END LOOP;
END $$;
-- What the files of an earlier run have set for all databases is not for this one.
ALTER ROLE postgres RESET ALL;
ALTER ROLE ALL RESET ALL;
CREATE DATABASE :"name";
\c :"name"
CREATE EXTENSION pg_guardrail;
SQL
  for setting; do
    psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 --set name="$name" \
      --set setting="guardrail.${setting%%=*}" --set value="${setting#*=}" <<'SQL'
ALTER DATABASE :"name" SET :setting = :'value';
SQL
  done
}

case ${1:-} in
  start) start ;;
  stop)
    if running; then
      stop
      say "The private server of PostgreSQL $major has stopped."
    else
      say "No private server of PostgreSQL $major is running."
    fi
    if [ -e "$home/socket-folder" ]; then rm -rf "$(cat "$home/socket-folder")" "$home/socket-folder"; fi
    ;;
  status)
    { running && answers; } || fail "no private server of PostgreSQL $major is running"
    say "The private server of PostgreSQL $major is running; its socket is in $(socket_folder)."
    ;;
  socket) socket_folder ;;
  fresh)
    shift
    fresh "$@"
    ;;
  psql)
    shift
    { running && answers; } || fail "no private server of PostgreSQL $major is running: \`make demo\` creates and starts it"
    psql "$@"
    ;;
  *) fail "usage: server.sh start|stop|status|socket|fresh NAME SETTING=VALUE…|psql ARG…" ;;
esac
