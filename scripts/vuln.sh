#!/usr/bin/env bash
# Asks the Go project's database of vulnerabilities (https://vuln.go.dev, or GOVULNDB) for faults that are known in what Attune uses, and
# fails where Attune can run into one. Where the database cannot be reached nothing is checked, and the last line says so: NOT CHECKED.
# With VULN_REQUIRED=1 that fails, too, for a build server that has to know.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
database=${GOVULNDB:-https://vuln.go.dev}
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

status=0
.tools/bin/govulncheck -db "$database" ./... 2>"$errors" || status=$?
case $status in
0) echo "vuln: CHECKED against $database: nothing that Attune can run into" ;;
3) echo "vuln: CHECKED against $database: the faults above can be run into" >&2; exit 1 ;;
*)
  if ! grep -qE "fetching vulnerabilities|HTTP (GET|request)|dial tcp|no such host|proxyconnect|i/o timeout|TLS handshake|connection (refused|reset)" "$errors"; then
    cat "$errors" >&2
    echo "vuln: FAILED: govulncheck could not read the tree" >&2
    exit 1
  fi
  head -3 "$errors" >&2
  echo "vuln: NOT CHECKED: $database cannot be reached from here. Nothing is known about faults in what Attune uses." >&2
  [ -z "${VULN_REQUIRED:-}" ] || exit 1
  ;;
esac
