#!/usr/bin/env bash
# Runs the core's short tests as other machines would: 32 bits, and with the fused multiply-add and wider
# registers of newer processors. Golden bytes must be the same everywhere. What this machine cannot
# run is said and skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

[ "$(go env GOHOSTARCH)" = amd64 ] || { echo "SKIPPED: this machine is $(go env GOHOSTARCH); GOARCH=386 and GOAMD64=v3 need amd64"; exit; }

printf 'package main\nfunc main() {}\n' >"$tmp/nothing.go"
GOARCH=386 CGO_ENABLED=0 go build -o "$tmp/nothing" "$tmp/nothing.go"
if "$tmp/nothing" 2>/dev/null; then
  echo "== GOARCH=386"
  GOARCH=386 CGO_ENABLED=0 go test -short "$@" ./core/... ./internal/simulate | { grep -v "no test files" || true; }
else
  echo "SKIPPED: this kernel does not run 32-bit programs, so GOARCH=386 was not tested"
fi

missing=
for flag in avx avx2 bmi1 bmi2 f16c fma abm movbe; do
  grep -qwm1 "$flag" /proc/cpuinfo || missing="$missing $flag"
done
if [ -z "$missing" ]; then
  echo "== GOAMD64=v3"
  # What these have are the numbers that a fused multiply-add would change.
  GOAMD64=v3 go test -short "$@" ./core/decision ./core/engine ./core/stage ./core/supply ./core/expr ./internal/simulate | { grep -v "no test files" || true; }
else
  echo "SKIPPED: this processor lacks$missing, so GOAMD64=v3 was not tested"
fi
