#!/bin/bash
# manifest.sh NN: prints the folder of the Cargo.toml that builds for PostgreSQL NN. It is that of the project, unless
# newer-pgrx.list names NN: then it is target/newer-pgrx, which has the project's own files (links to them) and another
# manifest, with the newer pgrx and what that needs.
# manifest.sh --lock NN: writes newer-pgrx.lock, after the project's Cargo.lock or newer-pgrx.list has changed. What both
# lock files have keeps its version.
. "$(dirname "$0")/common.sh"

lock=no
if [ "${1:-}" = --lock ]; then
  lock=yes
  shift
fi
[ $# = 1 ] || fail "usage: manifest.sh [--lock] NN"
need_supported "$1"
if ! needs_newer_pgrx "$1"; then
  echo "$root"
  exit
fi
pgrx=$(pgrx_version "$1") rust=$(rust_version "$1")
folder=$root/target/newer-pgrx
mkdir -p "$folder"
for file in *; do
  case $file in
    target | Cargo.toml | Cargo.lock) ;;
    *) ln -sfn "../../$file" "$folder/$file" ;;
  esac
done
sed "s/^\(pgrx\(-tests\)\? *= *\)\"=.*\"/\1\"=$pgrx\"/
  s/^rust-version *=.*/rust-version = \"$rust\"/
  s/^default = \[.*/default = [\"pg$1\"]/
  s/^pg_test *=.*/pg$1 = [\"pgrx\/pg$1\", \"pgrx-tests\/pg$1\"]\n&/" Cargo.toml >"$folder/Cargo.toml.new"
# cargo builds again what has a newer manifest.
cmp -s "$folder/Cargo.toml.new" "$folder/Cargo.toml" || cp "$folder/Cargo.toml.new" "$folder/Cargo.toml"
rm "$folder/Cargo.toml.new"
if [ "$lock" = yes ]; then
  cp Cargo.lock "$folder/Cargo.lock"
  cargo metadata --manifest-path "$folder/Cargo.toml" --format-version 1 >/dev/null
  cp "$folder/Cargo.lock" pgrx-config/newer-pgrx.lock
fi
cmp -s pgrx-config/newer-pgrx.lock "$folder/Cargo.lock" || cp pgrx-config/newer-pgrx.lock "$folder/Cargo.lock"
echo "$folder"
