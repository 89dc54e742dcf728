#!/bin/bash
# fuzz.sh: runs libFuzzer over each property of the parsers (src/testing/properties/) for $SECONDS_EACH seconds (60 by
# default; `make fuzz SECONDS=600`), or over those that $ONLY names. The instrumented program is built under target/fuzz/,
# by the Rust that builds the extension.
# What is found is written to target/fuzz/found/, and the texts that reach new code to target/fuzz/corpus/, from which
# the next run goes on. With --growth, counts how the work of each parser grows with its text instead (needs valgrind).
seconds=${SECONDS_EACH:-60}
. "$(dirname "$0")/common.sh"

need_cargo
command -v c++ >/dev/null || fail "a C++ compiler is missing (Debian: apt-get install g++)"
export CARGO_TARGET_DIR=$root/target/fuzz
triple=$(rustc -vV | sed -n 's/^host: //p')

build() { (cd fuzz && cargo build --release --locked --quiet --bin "$@"); }

if [ "${1:-}" = --growth ]; then
  command -v valgrind >/dev/null || fail "callgrind is missing (Debian: apt-get install valgrind)"
  step "Building the parsers" build growth
  exec python3 fuzz/growth.py "$CARGO_TARGET_DIR/release/growth"
fi

# The instruments that libFuzzer needs; Rust has them without its nightly version. --target keeps them out of what runs
# while building.
flags="--cfg fuzzing -Cpasses=sancov-module"
for coverage in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=" -Cllvm-args=-sanitizer-coverage-$coverage"
done
RUSTFLAGS="$flags -Ccodegen-units=1" step "Building the fuzzer" build fuzz --target "$triple"
program=$CARGO_TARGET_DIR/$triple/release/fuzz

read -ra properties <<<"${ONLY:-$(sed -n 's/^    ("\([a-z_]*\)", .*/\1/p' src/testing/properties/mod.rs | tr '\n' ' ')}"
[ "${#properties[@]}" -gt 0 ] || fail "there is no property in src/testing/properties/mod.rs"
mkdir -p target/fuzz/found target/log
status=0 total=0 counts=()
for property in "${properties[@]}"; do
  corpus=target/fuzz/corpus/$property log=target/log/fuzz-$property.log
  mkdir -p "$corpus"
  options=(-max_total_time="$seconds" -max_len=1000 -timeout=20 -print_final_stats=1 -dict=fuzz/words.dict)
  options+=(-artifact_prefix="target/fuzz/found/$property-")
  if FUZZ_PROPERTY=$property "$program" "${options[@]}" "$corpus" fuzz/seeds >"$log" 2>&1; then
    found=
  else
    found="  FOUND: see $log"
    status=1
  fi
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  say "$(printf '  %-20s %12s texts%s' "$property" "${executed:-?}" "$found")"
  total=$((total + ${executed:-0}))
  counts+=("$property=${executed:-0}")
done
say "$total texts in $((seconds * ${#properties[@]})) s."
if [ "$status" = 0 ] && [ -z "${ONLY:-}" ]; then
  export PYTHONPATH=tests/reliability PYTHONDONTWRITEBYTECODE=1
  python3 fuzz/note.py "$((seconds * ${#properties[@]}))" "${counts[@]}"
fi
exit "$status"
