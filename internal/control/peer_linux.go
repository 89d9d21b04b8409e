package control

import (
	"net"
	"os/user"
	"strconv"
	"syscall"
)

// userOf is the user whose process is at the other end.
func userOf(c net.Conn) string {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ""
	}
	var who *syscall.Ucred
	if failed := raw.Control(func(fd uintptr) { who, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED) }); failed != nil || err != nil {
		return ""
	}
	id := strconv.Itoa(int(who.Uid))
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}
