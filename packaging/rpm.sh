#!/bin/bash
# rpm.sh NN…: makes target/packages/pg_guardrail_NN-VERSION-RELEASE.ARCH.rpm for each PostgreSQL NN, has rpmlint look at it
# and prints its path. RELEASE (1 by default) counts the packages of one version; rpm's macro `dist`, where the
# distribution sets it, is added. The packages run where the C library is not older than the newest symbol they use.
. "$(dirname "$0")/../pgrx-config/common.sh"

version=$(crate_version)
release=${RELEASE:-1}
[[ $release =~ ^[0-9][0-9.]*$ ]] || fail "RELEASE must be a number such as 1: \"$release\""
[ $# -gt 0 ] || fail "make rpm needs the major version of PostgreSQL: make rpm PG=18"
need_supported "$@"
need_plain_path rpmbuild
need_cargo
pgrx-config/system-packages.sh --rpm
command -v rpmbuild >/dev/null || fail "there is no rpmbuild (Red Hat: dnf install rpm-build, Debian: apt-get install rpm)"
SOURCE_DATE_EPOCH=$(source_date_epoch)
export SOURCE_DATE_EPOCH

# write_changelog: the entries of CHANGELOG.md as rpm has them. A version that is not released yet has the date of the
# last commit. rpm would expand a per cent sign.
write_changelog() {
  local line today
  today=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
  while IFS= read -r line; do
    if [[ $line =~ ^'## '([0-9.]+)' ('(unreleased|[0-9-]+)')'$ ]]; then
      LC_ALL=C date -d "${BASH_REMATCH[2]/unreleased/$today}" \
        +"* %a %b %d %Y $(crate_field authors) - ${BASH_REMATCH[1]}-$release"
    elif [[ $line = '## '* ]]; then
      fail "CHANGELOG.md: no version and date in \"$line\""
    elif [[ $line = '- '* || -z $line ]]; then
      echo "${line//%/%%}"
    fi
  done <CHANGELOG.md
}

# build NN TREE
build() {
  local top=$root/target/rpm/$1
  rm -rf "$top"
  mkdir -p "$top"
  write_changelog >"$top/changelog"
  rpmbuild -bb \
    --define "_topdir $top" --define "_rpmdir $top" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" \
    --define "pgmajorversion $1" --define "staged $2" --define "project $root" --define "changelog_file $top/changelog" \
    --define "crate_version $version" --define "crate_description $(crate_field description)" \
    --define "crate_license $(crate_field license)" --define "packager $(crate_field authors)" \
    --define "project_url $(project_url)%{nil}" --define "package_release $release" packaging/rpm/pg_guardrail.spec
  ! command -v rpmlint || rpmlint --config packaging/rpm/rpmlint.toml "$top"/*.rpm
}

mkdir -p target/packages
take_turn
for major; do
  tree=$(packaging/stage.sh "$major")
  step "Making the rpm for PostgreSQL $major" build "$major" "$tree"
  # Nobody should install an older one by mistake.
  rm -f "target/packages/pg_guardrail_$major-"*".$(uname -m).rpm"
  for package in "target/rpm/$major"/*.rpm; do
    mv "$package" target/packages/
    echo "$root/target/packages/${package##*/}"
  done
done
