#!/bin/bash
# checksums.sh [FOLDER]: writes the SHA-256 of each package in the folder (default: target/packages) into its file
# SHA256SUMS, as `sha256sum --check` takes it.
caller=$PWD
. "$(dirname "$0")/../pgrx-config/common.sh"

folder=$root/target/packages
if [ $# -gt 0 ]; then folder=$(realpath -m -- "$caller/$1"); fi
cd "$folder" 2>/dev/null || fail "no such folder: $folder"
rm -f SHA256SUMS
shopt -s nullglob
files=()
for file in *; do
  [ -f "$file" ] || fail "this is no package: $folder/$file"
  [ -s "$file" ] || fail "this package is empty: $folder/$file"
  files+=("$file")
done
[ ${#files[@]} -gt 0 ] || fail "there are no packages in $folder"
sha256sum -- "${files[@]}" >SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
say "$folder/SHA256SUMS has the sums of ${#files[@]} packages."
