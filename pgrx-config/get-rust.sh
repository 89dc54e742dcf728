#!/bin/bash
# get-rust.sh: for machines of CI, which have rustup: installs the Rust that Cargo.toml asks for, unless there is one
# that is new enough. It is for this folder alone: the caller's own steps keep the Rust that they have.
. "$(dirname "$0")/common.sh"

(need_cargo) 2>/dev/null && exit
wanted=$(rust_version)
command -v rustup >/dev/null || need_cargo
step "Installing Rust $wanted" rustup toolchain install "$wanted" --profile minimal --component clippy,rustfmt
rustup override set "$wanted" --path "$root"
