#!/bin/bash
# stage.sh NN: builds the extension for PostgreSQL NN and prints the folder with all that its packages contain:
#
#   lib/pg_guardrail.so
#   share/extension/pg_guardrail.control, pg_guardrail--*.sql
#   licenses/LICENSE, licenses/THIRD-PARTY
#
# and, for the packagers, postgresql-version: the release whose headers it was built with, such as 18.6.
#
# It builds with the headers of /usr/lib/postgresql/NN or /usr/pgsql-NN, where Debian's and PGDG's packages have them,
# or else with those of the relocatable PostgreSQL, which are the same.
. "$(dirname "$0")/../pgrx-config/common.sh"

# The library has no time in it, but cargo would build it again for another one.
unset SOURCE_DATE_EPOCH
# A package has what is built here, and nothing else.
unset LIBRARY

major=${1:-}
[[ $major =~ ^[0-9]+$ ]] || fail "stage.sh needs the major version of PostgreSQL, such as 18, and not \"$major\""
for prefix in "/usr/lib/postgresql/$major" "/usr/pgsql-$major" ''; do
  pg_config=$prefix/bin/pg_config
  [ -n "$prefix" ] && [ -x "$pg_config" ] || continue
  [ ! -f "$("$pg_config" --includedir-server)/postgres.h" ] || break
done
[ -n "$prefix" ] || pg_config=$(pgrx-config/get-postgresql.sh "$major")/bin/pg_config

take_turn
stage=target/stage/$major
installed=$stage/installed
rm -rf "$stage"
mkdir -p "$stage/lib" "$stage/share" "$stage/licenses"
DESTDIR=$root/$installed PG_CONFIG=$pg_config pgrx-config/install.sh --brief >&2
mv "$installed$("$pg_config" --pkglibdir)/pg_guardrail.so" "$stage/lib"
mv "$installed$("$pg_config" --sharedir)/extension" "$stage/share"
rm -r "$installed"
"$pg_config" --version | sed 's/^PostgreSQL \([0-9.]*\).*/\1/' >"$stage/postgresql-version"
cp LICENSE "$stage/licenses"
python3 packaging/third_party.py "$major" >"$stage/licenses/THIRD-PARTY"
echo "$root/$stage"
