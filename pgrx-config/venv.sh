#!/bin/bash
# venv.sh NAME [REQUIREMENTS]: creates the private Python environment target/venv/NAME, if it does not exist or its
# requirements have changed, and prints the path of its interpreter.
. "$(dirname "$0")/common.sh"

venv=target/venv/$1
wanted=${2:-/dev/null}
python=$root/$venv/bin/python

# Whoever comes second waits until it is complete.
mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9

if ! { cmp -s "$wanted" "$venv/installed.txt" && "$python" -c '' 2>/dev/null; }; then
  rm -rf "$venv"
  step "Creating the Python environment \"$1\"" python3 -m venv "$venv"
  [ "$wanted" = /dev/null ] ||
    step "Installing Python packages for \"$1\"" "$python" -m pip install --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
echo "$python"
