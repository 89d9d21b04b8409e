#!/usr/bin/env bash
# Fuzzes every target for a while each, one after the other. What breaks a target is written to its
# package's testdata/fuzz/, from where every later test run repeats it: commit it with the fix.
#
#   scripts/fuzz.sh [TIME] [PATTERN]      such as: scripts/fuzz.sh 5m FuzzParse
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
time=${1:-30s} pattern=${2:-.}
failed=0
while IFS=: read -r file _ line; do
  target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
  grep -qE "$pattern" <<<"$target" || continue
  printf '== %s in %s, %s\n' "$target" "$(dirname "$file")" "$time"
  go test -run='^$' -fuzz="^$target\$" -fuzztime="$time" "./$(dirname "$file")" || failed=1
done < <(git grep -nE '^func Fuzz[A-Z]' -- '*_test.go')
exit "$failed"
