#!/bin/bash
# dist.sh: makes target/packages/pg_guardrail-VERSION.zip for PGXN: the source of the last commit, with META.json.
. "$(dirname "$0")/../pgrx-config/common.sh"

git=(git -c safe.directory="$root")
"${git[@]}" rev-parse --verify --quiet HEAD >/dev/null || fail "make dist needs a git repository: the zip has what is committed"
[ -z "$("${git[@]}" status --porcelain)" ] || say "Not in the zip: what is not committed (git status shows it)."
name=pg_guardrail-$(crate_version)
mkdir -p target/packages
"${git[@]}" archive --format=zip --prefix="$name/" --output="target/packages/$name.zip" HEAD
echo "$root/target/packages/$name.zip"
