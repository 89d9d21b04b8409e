#!/usr/bin/env bash
# Proves that the import rules bite. It makes a tree of empty packages with the names of ours, plants
# one forbidden import or call for each rule, and expects the linter to refuse every single one. That
# the rules allow what they should is proved by linting the real tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
linter=$PWD/.tools/bin/golangci-lint
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

cp --parents -t "$tree" go.mod go.sum clients/go/go.mod clients/go/go.sum .golangci.yml
git ls-files -- '*.go' | grep -v _test.go | while read -r file; do
  dir=${file%/*}
  [ -f "$file" ] && [ ! -d "$tree/$dir" ] || continue
  mkdir -p "$tree/$dir"
  sed -n '/^package /{p;q}' "$file" >"$tree/$dir/package.go"
done
cd "$tree"
echo 'func main() {}' >>cmd/attune/package.go
echo 'func Step() {}' >>core/engine/package.go

planted=()
plant() { # DIRECTORY RULE IMPORT: refused
  local dir=$1 rule=$2 path=$3 name
  name=zz_${rule//[^a-z]/_}_$(tr -c 'a-z0-9\n' _ <<<"${path}").go
  printf '%s\n\nimport _ "%s"\n' "$(head -1 "$dir/package.go")" "$path" >"$dir/$name"
  planted+=("$dir/$name $rule $path")
}

plant core/expr core os
plant core/engine core net/http
plant core/event core database/sql
plant core/person core context
plant core/release core log/slog
plant core/policy core math/rand/v2
plant core/consent core sync
plant core/program core github.com/goccy/go-yaml/parser
plant core/instant core-ground attune/core/id
plant core/words core-ground attune/core/source
plant core/comb core-ground attune/core/source
plant core/expr core-expr attune/core/event
plant core/form core-form attune/core/expr
plant core/approval core-approval attune/core/content
plant core/stage core-stage attune/core/person
plant core/consent core-consent attune/core/event
plant core/event core-event attune/core/person
plant core/person core-person attune/core/policy
plant core/content core-rules attune/core/policy
plant core/voice core-voice attune/core/policy
plant core/journey core-parts attune/core/journeymap
plant core/program core-program attune/core/engine
plant core/release core-release attune/core/record
plant core/engine core-engine attune/core/record
plant internal/store/sqlite store attune/internal/eventlog
plant internal/store store attune/internal/seal
plant internal/eventlog/sqlitelog eventlog attune/internal/store
plant internal/history history attune/core/record
plant internal/intake/segment formats attune/internal/store
plant internal/strictjson strictjson attune/core/id
plant internal/clinical clinical attune/internal/fhir
plant internal/clinical clinical os
plant core/supply core-supply attune/core/event
plant internal/records records attune/internal/fhir
plant internal/importer importer attune/internal/store
plant internal/fhir fhir attune/internal/store
plant internal/fhir fhir net/http
plant internal/delivery/email channels attune/internal/delivery/capture
plant internal/delivery/sms channels attune/internal/seal
plant internal/delivery/human channels attune/internal/delivery/capture
plant internal/intake engine attune/core/engine
plant internal/runner api attune/internal/api
plant internal/api api-itself attune/internal/store
plant internal/audit audit attune/core/id
plant internal/audit audit net/http
plant internal/access access attune/internal/audit
plant internal/access access net/http
plant internal/simulate simulate attune/internal/store
plant internal/population population attune/core/decision
plant internal/learn learn attune/internal/store
plant internal/decide decide attune/internal/population
plant internal/backtest backtest attune/internal/history
plant internal/chart chart attune/core/id
plant internal/spreadsheet spreadsheet attune/core/id
plant internal/wall wall attune/core/journeymap
plant internal/wall wall os
plant internal/paper paper attune/core/program
plant internal/paper paper os
plant internal/console console attune/internal/access
plant internal/console console os
plant internal/disclose disclose os
plant internal/disclose disclose math/rand/v2
plant internal/segment segment attune/internal/store
plant internal/segment segment os
plant internal/estimate estimate os
plant internal/estimate estimate math/rand/v2
plant internal/evaluate evaluate attune/internal/store
plant internal/leverage leverage os
plant internal/leverage leverage attune/internal/store
plant internal/mine mine attune/internal/history
plant internal/storytest storytest attune/internal/store
plant internal/proof proof attune/internal/store
plant internal/control control attune/internal/runner
plant internal/request request attune/internal/store
plant internal/proposal proposal attune/internal/store
plant internal/contact contact attune/internal/intake
plant internal/returns returns attune/internal/store
plant internal/webhook webhook attune/internal/intake
plant internal/explain explain attune/internal/store
plant internal/limit limit attune/internal/api
plant internal/outbound outbound attune/internal/webhook
plant internal/unsubscribe unsubscribe attune/internal/store
plant internal/postbox postbox attune/internal/delivery
plant internal/postbox/report postbox-report attune/internal/ticket
plant internal/runner implementations attune/internal/store/sqlite
plant cmd/attune implementations attune/internal/delivery/capture
plant cmd/attune implementations attune/internal/delivery/sms
plant cmd/attune implementations attune/internal/delivery/human
plant internal/sim app attune/internal/app
plant cmd/attune cmd attune/internal/runner
plant internal/store/sqlite suites attune/internal/store/storetest
plant internal/runner testing testing
plant internal/app names math/rand

cat >internal/sim/zz_allowed.go <<'GO'
package sim

import "attune/core/engine"

func zz() { engine.Step() }
GO
mkdir -p internal/zz
cat >internal/backtest/zz_cells.go <<'GO'
package backtest

import (
	"encoding/csv"
	"os"
)

// Zz writes cells that a spreadsheet may run.
func Zz() *csv.Writer { return csv.NewWriter(os.Stdout) }
GO
cat >internal/webhook/zz_calls.go <<'GO'
package webhook

import (
	"crypto/tls"
	"net"
	"net/http"
)

// Zz calls out by itself.
func Zz() {
	_ = http.Client{}
	_, _ = http.Get("")
	_, _ = net.Dial("", "")
	_ = net.Dialer{}
	_, _ = tls.Dial("", "", nil)
}
GO
cat >internal/zz/step.go <<'GO'
// Package zz is planted by a test.
package zz

import "attune/core/engine"

// Do steps a person where nobody may.
func Do() { engine.Step() }
GO
cat >core/policy/zz_calls.go <<'GO'
package policy

import (
	"fmt"
	"math"
	"time"
)

// Zz does what the core never does.
func Zz() float64 {
	fmt.Println(time.Now(), time.Since(time.Time{}))
	if _, err := time.LoadLocation("UTC"); err != nil {
		panic(err)
	}
	return math.FMA(1, 2, 3)
}
GO
outside=(http.Client http.Get net.Dial net.Dialer tls.Dial)
calls=(time.Now time.Since fmt.Println time.LoadLocation panic math.FMA)

"$linter" run --uniq-by-line=false --enable-only depguard,forbidigo --output.text.path=stdout --output.text.print-issued-lines=false \
  --output.text.colors=false ./... >found.txt 2>errors.txt || true

failed=0
for p in "${planted[@]}"; do
  read -r file rule path <<<"$p"
  if ! grep -F "$file:" found.txt | grep -F "'$path' is not allowed from list '$rule'" >/dev/null; then
    echo "the rule $rule did not refuse $path in ${file%/*}" >&2
    failed=1
  fi
done
for call in "${calls[@]}"; do
  grep -F core/policy/zz_calls.go found.txt | grep -F "use of \`$call\` forbidden" >/dev/null || { echo "$call was not refused in core" >&2; failed=1; }
done
for call in "${outside[@]}"; do
  grep -F internal/webhook/zz_calls.go found.txt | grep -F "use of \`$call\` forbidden" >/dev/null || { echo "$call was not refused outside of internal/outbound" >&2; failed=1; }
done
grep -F internal/backtest/zz_cells.go found.txt | grep -F 'csv.NewWriter' >/dev/null || { echo "a CSV writer of its own was not refused" >&2; failed=1; }
grep -F internal/zz/step.go found.txt | grep -F 'engine.Step' >/dev/null || { echo "a stray caller of engine.Step was not refused" >&2; failed=1; }
if grep -F internal/sim/zz_allowed.go found.txt >&2; then
  echo "simulations may step people" >&2
  failed=1
fi
[ "$failed" = 0 ] || { head -20 found.txt errors.txt >&2; exit 1; }
echo "$((${#planted[@]} + ${#calls[@]} + ${#outside[@]} + 2)) planted, all refused"
