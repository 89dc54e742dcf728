#!/bin/bash
# check-tag.sh TAG: stops unless TAG is that of a release that can be made: it is v and the version of Cargo.toml, and
# CHANGELOG.md has the changes of that version, with the day of the release.
. "$(dirname "$0")/../pgrx-config/common.sh"

[ $# = 1 ] || fail "usage: check-tag.sh TAG"
tag=$1
version=$(crate_version)
[ "$tag" = "v$version" ] || fail "the tag $(printf %q "$tag") is not v$version, after the version in Cargo.toml"
heading=$(grep -m 1 -F -- "## $version " CHANGELOG.md) || fail "CHANGELOG.md has no chapter \"## $version (day)\""
day=${heading#"## $version "}
[[ $day =~ ^\(([0-9]{4}-[0-9]{2}-[0-9]{2})\)$ ]] && date --date "${BASH_REMATCH[1]}" >/dev/null 2>&1 ||
  fail "CHANGELOG.md has no day of the release in \"$heading\": write \"## $version ($(date +%F))\""
packaging/release-notes.sh "$version" >/dev/null
