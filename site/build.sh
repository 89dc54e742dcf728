#!/bin/bash
# build.sh: builds the docs site in target/docs/ by mdBook, and fails if a link or an anchor in it leads nowhere. Links
# to files outside of the site lead to the repository that $PROJECT_URL or Cargo.toml names, or in which a workflow of
# GitHub runs; without one they are plain text.
. "$(dirname "$0")/../pgrx-config/common.sh"

mdbook_version=0.5.4
hyperlink_version=0.3.2
bin=$root/target/docs-tools/bin

# get NAME VERSION OPTION…: builds a program, unless it is there in this version. A debug build takes half the time.
get() {
  [ "$("$bin/$1" --version 2>/dev/null | grep -o '[0-9][0-9.]*')" != "$2" ] || return 0
  need_cargo
  step "Building $1 $2" cargo install "$1" --version "$2" --locked --force --debug --root target/docs-tools "${@:3}"
}

build() {
  rm -rf target/docs
  "$bin/mdbook" build site
  # It only works where the site is a host's first folder.
  rm target/docs/404.html
}

pgrx-config/system-packages.sh
get mdbook "$mdbook_version" --no-default-features --features search
get hyperlink "$hyperlink_version"
REPOSITORY=$(project_url)
export REPOSITORY PYTHONDONTWRITEBYTECODE=1
[ -z "$REPOSITORY" ] || export MDBOOK_OUTPUT__HTML__GIT_REPOSITORY_URL=$REPOSITORY
step "Building the docs site" build
step "Checking its links" "$bin/hyperlink" --check-anchors target/docs
say "  target/docs/index.html"
