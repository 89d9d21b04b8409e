package memlog_test

import (
	"testing"

	"attune/internal/eventlog"
	"attune/internal/eventlog/eventlogtest"
	"attune/internal/eventlog/memlog"
)

func TestLog(t *testing.T) {
	eventlogtest.Run(t, func(testing.TB, string) eventlog.Log { return memlog.New() }, eventlogtest.Volatile)
}
