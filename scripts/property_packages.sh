#!/usr/bin/env bash
# Lists the packages that have properties, since only their tests know -rapid.checks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git grep -l '"pgregory.net/rapid"' -- '*_test.go' | xargs -r -n1 dirname | sort -u | sed 's,^,./,'
