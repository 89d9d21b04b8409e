//go:build !unix

package seal

import "os"

// lock does nothing where the system has no advisory locks: one server per folder is then the
// operator's care.
func lock(*os.File) error { return nil }
