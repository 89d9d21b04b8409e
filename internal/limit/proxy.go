package limit

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Behind lets requests that come through a proxy look as its visitors sent them, before anything else looks at them: where they come from, and
// whether they were encrypted. Only proxies on this machine and those named are believed. What anybody else says of themselves is taken out, so that nobody
// behind has to ask again.
func Behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		from, trusted := peer(r, proxies)
		if !trusted {
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"} {
				r.Header.Del(name)
			}
			next.ServeHTTP(w, r)
			return
		}
		// Each proxy writes behind what it was told; the first from the end that is none of ours is who came.
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, said := range slices.Backward(all) {
			ip, err := netip.ParseAddr(strings.TrimSpace(said))
			if err != nil {
				break
			}
			if from = ip.Unmap(); !believed(from, proxies) {
				break
			}
		}
		r.Header.Del("X-Forwarded-For")
		r.Header.Del("Forwarded")
		r.RemoteAddr = net.JoinHostPort(from.String(), "0")
		next.ServeHTTP(w, r)
	})
}

// peer is who a connection comes from, and whether that is a proxy that is believed.
func peer(r *http.Request, proxies []netip.Prefix) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ip, false
	}
	ip = ip.Unmap()
	return ip, believed(ip, proxies)
}

func believed(ip netip.Addr, proxies []netip.Prefix) bool {
	return ip.IsLoopback() || slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}
