#!/bin/bash
# lint.sh: formatting and clippy, of everything including the tests.
. "$(dirname "$0")/common.sh"

need_cargo
pgrx-config/get-postgresql.sh 18 >/dev/null
export PGRX_HOME=$root/target/pgrx/18 CARGO_PROFILE_DEV_DEBUG=0
cargo fmt --check
# Modules that a macro declares are not followed.
rustfmt --check --edition 2024 src/rules/*.rs
step "clippy" cargo clippy --target-dir target --all-targets --no-default-features --features "pg18 pg_test" -- --deny warnings
