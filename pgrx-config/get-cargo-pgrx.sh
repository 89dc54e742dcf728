#!/bin/bash
# get-cargo-pgrx.sh: builds cargo-pgrx, at the version of pgrx in Cargo.toml, under target/cargo-pgrx/ and prints
# the folder of the program.
. "$(dirname "$0")/common.sh"

version=$(pgrx_version)
[ -n "$version" ] || fail "Cargo.toml does not pin pgrx to one version (pgrx = \"=X.Y.Z\")"
bin=$root/target/cargo-pgrx/bin
if [ "$("$bin/cargo-pgrx" pgrx --version 2>/dev/null)" != "cargo-pgrx $version" ]; then
  need_cargo
  # A debug build without optional features takes half the time and works the same.
  step "Building cargo-pgrx $version" cargo install cargo-pgrx --version "$version" --locked --force \
    --no-default-features --debug --root target/cargo-pgrx
fi
echo "$bin"
