#!/bin/bash
# lint.sh: checks the formatting and runs clippy, on everything including the tests.
. "$(dirname "$0")/common.sh"

need_cargo
pgrx-config/get-postgresql.sh 18 >/dev/null
export PGRX_HOME=$root/target/pgrx/18 CARGO_PROFILE_DEV_DEBUG=0
cargo fmt --check
# cargo fmt does not find the rules, because a macro declares their modules.
rustfmt --check --edition 2024 src/rules/*.rs
step "clippy" cargo clippy --target-dir target --all-targets --no-default-features --features "pg18 pg_test" -- --deny warnings
