#!/bin/bash
# check-tested.sh COMMIT: for a workflow of GitHub: stops unless test.yml has passed for the commit on the branch main. A
# pull request is tested with less, and with what it has made of the tests.
. "$(dirname "$0")/../pgrx-config/common.sh"

[[ ${1:-} =~ ^[0-9a-f]{40}$ ]] || fail "usage: check-tested.sh COMMIT, in full"
runs=$(gh run list --workflow test.yml --commit "$1" --branch main --event push --status success \
  --json databaseId --jq length) ||
  fail "GitHub does not tell whether the tests have passed for $1"
[ "$runs" -gt 0 ] || fail "the tests have not passed for $1: tag it when they have"
