//go:build unix

package seal

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps every other process from writing the file until it is closed or its owner dies.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}
