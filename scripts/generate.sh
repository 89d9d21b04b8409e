#!/usr/bin/env bash
# Generates the wire forms from their .proto files, the reference documentation, and the clients of the API. What comes
# out is committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh generate
# All in one run: messages of one package within those of another are then written directly.
mapfile -t protos < <(git ls-files '*.proto')
PATH=$PWD/.tools/bin:$PATH protoc --proto_path=. \
  --go_out=. --go_opt=module=attune \
  --go-vtproto_out=. --go-vtproto_opt=module=attune,features=marshal+unmarshal+size \
  "${protos[@]}"
go generate ./...
scripts/clients.sh
git status --short
