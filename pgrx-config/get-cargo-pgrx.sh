#!/bin/bash
# get-cargo-pgrx.sh [NN]: builds cargo-pgrx, at the version of pgrx in Cargo.toml, under target/cargo-pgrx/ and prints
# the folder of the program. For a PostgreSQL NN that needs a newer pgrx it is target/cargo-newer-pgrx/.
. "$(dirname "$0")/common.sh"

major=${1:-}
version=$(pgrx_version "$major")
[ -n "$version" ] || fail "Cargo.toml does not pin pgrx to one version (pgrx = \"=X.Y.Z\")"
folder=target/cargo-pgrx
if needs_newer_pgrx "$major"; then folder=target/cargo-newer-pgrx; fi
bin=$root/$folder/bin
if [ "$("$bin/cargo-pgrx" pgrx --version 2>/dev/null)" != "cargo-pgrx $version" ]; then
  need_cargo "$major"
  # A debug build without optional features takes half the time and works the same.
  step "Building cargo-pgrx $version" cargo install cargo-pgrx --version "$version" --locked --force \
    --no-default-features --debug --root "$folder"
fi
echo "$bin"
