//go:build !unix

package audit

import "os"

// lock does nothing where the system has no advisory locks: one process per log is then the operator's care.
func lock(*os.File) error { return nil }

func unlock(*os.File) error { return nil }
