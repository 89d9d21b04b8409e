#!/usr/bin/env bash
# Rewrites every golden file from what the code does now. The diff is part of the review.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=$(git grep -lE 'flag\.Bool\("update"' -- '*_test.go' | xargs -r -n1 dirname | sort -u | sed 's,^,./,')
[ -n "$packages" ] || { echo "no package keeps golden files"; exit; }
# shellcheck disable=SC2086
go test -count=1 $packages -update
git status --short
