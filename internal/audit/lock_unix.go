//go:build unix

package audit

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until no other process writes the log, and keeps others from it until unlock.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
