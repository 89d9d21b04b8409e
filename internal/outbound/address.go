package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
)

// Refused tells of an address that is not called.
type Refused struct {
	// Server is whom the call was for, as HOST:PORT, and Why why it is not called.
	Server, Why string
	// Never tells that naming it would not help.
	Never bool
}

// Error implements error. It names the setting by which the server can be called.
func (r *Refused) Error() string {
	if r.Never {
		return fmt.Sprintf("%s is not called: %s", r.Server, r.Why)
	}
	return fmt.Sprintf("%s is not called: %s; if it is meant, name %s in outbound.allow", r.Server, r.Why, r.Server)
}

// Check says what is wrong with a server as outbound.allow names one, or nothing.
func Check(server string) string {
	host, port, err := net.SplitHostPort(server)
	n, wrong := strconv.Atoi(port)
	switch {
	case err != nil || wrong != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, "/@*? "):
		return strconv.Quote(server) + ` is not a server and its port, such as "risk.clinic.example:8443"`
	case net.ParseIP(host) == nil && strings.Trim(host, ".0123456789") == "":
		return strconv.Quote(server) + " is not an address such as 10.0.0.7"
	}
	if ip, err := netip.ParseAddr(host); err == nil && !nameable(ip) {
		return strconv.Quote(server) + " is never called: nothing there is a service"
	}
	return ""
}

// canonical writes a server so that two spellings of one are equal.
func canonical(server string) string {
	host, port, err := net.SplitHostPort(strings.ToLower(server))
	if err != nil {
		return strings.ToLower(server)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	return net.JoinHostPort(strings.TrimSuffix(host, "."), port)
}

// metadata are addresses at which clouds tell a machine its secrets, beside the link-local one.
func metadata() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("168.63.129.16"),   // Azure
		netip.MustParseAddr("100.100.100.200"), // Alibaba
		netip.MustParseAddr("192.0.0.192"),     // Oracle
		netip.MustParseAddr("fd00:ec2::254"),   // AWS
		netip.MustParseAddr("fd20:ce::254"),    // Google
	}
}

// translated are the ranges of IPv6 in which an address of IPv4 hides: 6to4, Teredo, and those of NAT64.
func translated() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("::/96"),
	}
}

// public tells whether anybody on the internet may have the address: it is in no registry of special ones.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV6Prefixes(translated()...))
	return guard.SafeAddr(ip) == nil && !ip.IsMulticast() && !slices.Contains(metadata(), ip)
}

// nameable tells whether what was named may lie there: at a public address, on this machine, or in a network's own range.
func nameable(ip netip.Addr) bool {
	if ip = ip.Unmap(); slices.Contains(metadata(), ip) {
		return false
	}
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: networks of providers
	return ip.IsLoopback() || ip.IsPrivate() || shared.Contains(ip) || public(ip)
}
