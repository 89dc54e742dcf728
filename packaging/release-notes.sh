#!/bin/bash
# release-notes.sh [VERSION]: prints what CHANGELOG.md says about a version, by default that of Cargo.toml.
. "$(dirname "$0")/../pgrx-config/common.sh"

version=${1:-$(crate_version)}
notes=$(awk -v heading="## $version " '
  /^## / { is_wanted = index($0 " ", heading) == 1; next }
  is_wanted' CHANGELOG.md)
# $(…) has taken the line breaks at the end; those at the beginning are left.
notes=${notes#"${notes%%[![:space:]]*}"}
[ -n "$notes" ] || fail "CHANGELOG.md says nothing about the version $(printf %q "$version")"
printf '%s\n' "$notes"
