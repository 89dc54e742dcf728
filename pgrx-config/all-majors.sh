#!/bin/bash
# all-majors.sh: prints the versions of PostgreSQL that this machine can build for: all, but for those that need a newer
# Rust than it has, which it names.
. "$(dirname "$0")/common.sh"

majors=()
while read -r major; do
  if reason=$( (need_cargo "$major") 2>&1); then majors+=("$major"); else say "PostgreSQL $major is left out: ${reason#error: }"; fi
done < <(sed -n 's/^\([0-9]*\) .*/\1/p' pgrx-config/postgresql.list pgrx-config/newer-pgrx.list | sort -nu)
echo "${majors[*]}"
