#!/usr/bin/env bash
# Generates the clients of the API from its contract, internal/api/openapi.yaml. What comes out is committed.
#
#   scripts/clients.sh [--check]     with --check nothing is kept, and what differs from what is committed is an error
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh clients
go=clients/go/contract.gen.go ts=clients/typescript/src/contract.ts
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp "$go" "$before/go" 2>/dev/null || : >"$before/go"
cp "$ts" "$before/ts" 2>/dev/null || : >"$before/ts"
(cd clients/go && ../../.tools/bin/oapi-codegen -config oapi-codegen.yaml ../../internal/api/openapi.yaml)
(cd clients/typescript && npx --no-install openapi-typescript ../../internal/api/openapi.yaml --output src/contract.ts >/dev/null)
[ "${1:-}" = --check ] || exit 0
wrong=0
for pair in "$before/go $go" "$before/ts $ts"; do
  read -r was is <<<"$pair"
  if ! cmp -s "$was" "$is"; then
    echo "$is is not what the contract makes of it: run scripts/clients.sh" >&2
    cp "$was" "$is"
    wrong=1
  fi
done
exit "$wrong"
