#!/bin/bash
# pgdg.sh NN: for machines of CI with Debian or Ubuntu: adds the repository of the PostgreSQL project, by Debian's own
# script for that, and installs the headers of PostgreSQL NN from there.
. "$(dirname "$0")/../pgrx-config/common.sh"

[[ ${1:-} =~ ^[0-9]+$ ]] || fail "usage: pgdg.sh NN, with NN the major version of PostgreSQL"
command -v apt-get >/dev/null || fail "this is neither Debian nor Ubuntu: there is no apt-get"
sudo=()
if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
step "Reading the package lists" "${apt[@]}" update
step "Installing postgresql-common" "${apt[@]}" install --yes --no-install-recommends postgresql-common ca-certificates
step "Adding the PostgreSQL project's repository" "${sudo[@]}" /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
step "Installing the headers of PostgreSQL $1" \
  "${apt[@]}" install --yes --no-install-recommends "postgresql-server-dev-$1"
