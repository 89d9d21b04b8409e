//go:build unix

package audit

import "syscall"

// cpu is the processor's time that this process took, in seconds: others take turns on the machine.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
