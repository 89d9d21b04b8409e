#!/usr/bin/env bash
# Installs what the suite needs and this machine lacks, and says so. Go, Node with npm, a C compiler
# and git must be there already. Running it again costs a moment.
#
#   scripts/setup.sh [lint] [e2e] [clients] [console] [generate] [vuln]     (none named: lint, e2e, clients and console, which is what make test needs)
#
# Debian packages are installed only as root; otherwise the command to run as root is told. All else
# goes into .tools/ and node_modules/ folders, which make clean leaves and make distclean takes away.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

GOLANGCI_LINT=v2.15.0
GOVULNCHECK=v1.9.0
PROTOC_GEN_GO=v1.36.12
PROTOC_GEN_GO_VTPROTO=v0.6.0
OAPI_CODEGEN=v2.8.2

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

require() { # COMMAND WHAT: something that is not ours to install
  have "$1" || fail "$1 is missing: install $2, then run this again"
}

updated=
debian() { # COMMAND PACKAGE
  have "$1" && return
  have apt-get || fail "$1 is missing and this is not Debian: install it, then run this again"
  [ "$(id -u)" = 0 ] || fail "$1 is missing; as root: apt-get update && apt-get install -y --no-install-recommends $2"
  say "installing Debian's $2 …"
  if [ -z "$updated" ]; then
    apt-get update -qq >&2
    updated=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >&2
  have "$1" || fail "$2 was installed, but there is no $1"
}

# tool VERSION PACKAGE: a Go program of exactly this version, in .tools/NAME-VERSION/, linked
# from .tools/bin/NAME. Installing another version does not disturb this one.
tool() {
  local name=${2##*/} dir=$PWD/.tools/${2##*/}-$1
  if [ ! -x "$dir/$name" ]; then
    say "building $name $1 (about a minute the first time) …"
    mkdir -p "$dir"
    GOBIN=$dir GOFLAGS= go install "$2@$1"
  fi
  mkdir -p .tools/bin
  ln -sfn "../${dir##*/}/$name" ".tools/bin/$name"
}

lint() {
  tool "$GOLANGCI_LINT" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
}

vuln() {
  tool "$GOVULNCHECK" golang.org/x/vuln/cmd/govulncheck
}

e2e() {
  require node "Node 20 or newer"
  require npm "npm"
  [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "node $(node -v) is too old: install Node 20 or newer"
  debian chromium chromium
  local want have_=
  want=$(cat e2e/package.json e2e/package-lock.json | sha256sum)
  [ -f e2e/node_modules/.installed ] && have_=$(cat e2e/node_modules/.installed)
  if [ "$want" != "$have_" ]; then
    say "installing what e2e needs …"
    (cd e2e && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    printf '%s\n' "$want" >e2e/node_modules/.installed
  fi
}

clients() {
  require node "Node 20 or newer"
  require npm "npm"
  tool "$OAPI_CODEGEN" github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
  local want have_=
  want=$(cat clients/typescript/package.json clients/typescript/package-lock.json | sha256sum)
  [ -f clients/typescript/node_modules/.installed ] && have_=$(cat clients/typescript/node_modules/.installed)
  if [ "$want" != "$have_" ]; then
    say "installing what the TypeScript client needs …"
    (cd clients/typescript && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    printf '%s\n' "$want" >clients/typescript/node_modules/.installed
  fi
}

console() {
  require node "Node 20 or newer"
  require npm "npm"
  [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "node $(node -v) is too old: install Node 20 or newer"
  local want have_=
  want=$(cat console/package.json console/package-lock.json | sha256sum)
  [ -f console/node_modules/.installed ] && have_=$(cat console/node_modules/.installed)
  if [ "$want" != "$have_" ]; then
    say "installing what the console needs …"
    (cd console && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    printf '%s\n' "$want" >console/node_modules/.installed
  fi
}

generate() {
  debian protoc protobuf-compiler
  tool "$PROTOC_GEN_GO" google.golang.org/protobuf/cmd/protoc-gen-go
  tool "$PROTOC_GEN_GO_VTPROTO" github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
}

require go "Go 1.26 or newer"
require git "git"
have gcc || have cc || fail "a C compiler is missing (the race detector needs one): install gcc, then run this again"
[ $# -gt 0 ] || set -- lint e2e clients console
for part in "$@"; do
  case $part in
    lint | e2e | clients | console | generate | vuln) "$part" ;;
    *) fail "there is no part $part; name lint, e2e, clients, console, generate or vuln" ;;
  esac
done
