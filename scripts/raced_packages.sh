#!/usr/bin/env bash
# Lists the packages that the race detector has something to find in: those outside the core, which has
# no goroutines (the linter sees to it), that do more than one thing at a time, as their use of sync tells. What
# internal/app is made of is among them; of its own tests the Makefile names those in which its parts run side by side.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
go list -f '{{.ImportPath}} {{join .Imports " "}}' ./internal/... | grep -v '^attune/internal/app ' |
  awk '{ for (i = 2; i <= NF; i++) if ($i == "sync" || $i == "sync/atomic") { print $1; next } }'
