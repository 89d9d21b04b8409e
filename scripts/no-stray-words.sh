#!/usr/bin/env bash
# Refuses in tracked files what belongs to one machine or to one afternoon: paths of a workplace or
# of somebody's home folder anywhere, and notes to oneself in code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
found=0

refuse() { # WHY PATTERN PATHSPEC...
  local why=$1 pattern=$2
  shift 2
  if git grep -nIE "$pattern" -- "$@" ':!scripts/no-stray-words.sh' ':!LICENSE'; then
    printf '^ %s\n\n' "$why" >&2
    found=1
  fi
}

refuse "a path of one machine: name a folder of the project or a temporary one" \
  '(^|[^[:alnum:]_.])/(work|workspace|home/[[:alnum:]_.-]+|Users/[[:alnum:]_.-]+|root)/' .
refuse "a note to oneself: do it, or file an issue" \
  '\b(TODO|FIXME|XXX|HACK)\b' \
  '*.go' '*.mjs' '*.js' '*.ts' '*.tsx' '*.sh' '*.sql' '*.css' '*.html' '*.proto' '*.yaml' '*.yml' Makefile .ci
exit "$found"
