#!/usr/bin/env bash
# Builds the staff console into internal/console/dist, from where it becomes part of the binary. It does nothing where what it was built
# of did not change. With --if-possible a machine without Node is left as it is: the binary then says that it has no console.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --if-possible ] && ! { command -v node && command -v npm; } >/dev/null 2>&1; then
  echo "console: Node is not installed, so this binary has no console" >&2
  exit 0
fi
scripts/setup.sh console
want=$({ git hash-object console/*.* clients/typescript/src/*; find console/src console/public console/tools -type f | LC_ALL=C sort | xargs sha256sum; } | sha256sum)
stamp=internal/console/dist/.built
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && exit 0
(cd console && npm run --silent build >&2)
printf '%s\n' "$want" >"$stamp"
