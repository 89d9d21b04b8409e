package limit

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Only proxies on this machine and those named are believed on who came, and whether it was encrypted; what others say of themselves is taken out.
func TestProxiesAreBelievedAndNobodyElse(t *testing.T) {
	t.Parallel()
	named := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/64")}
	for _, x := range []struct {
		it, peer string
		said     []string
		from     string
		https    bool
	}{
		{"a visitor", "192.0.2.7:4711", nil, "192.0.2.7:4711", false},
		{"a visitor who says to be another", "192.0.2.7:4711", []string{"203.0.113.1"}, "192.0.2.7:4711", false},
		{"a proxy here", "127.0.0.1:5", []string{"203.0.113.1"}, "203.0.113.1:0", true},
		{"a proxy here, by IPv6", "[::1]:5", []string{"2001:db8:1::7"}, "[2001:db8:1::7]:0", true},
		{"a named proxy", "10.0.0.5:5", []string{"203.0.113.1"}, "203.0.113.1:0", true},
		{"one of a named network, by IPv6", "[2001:db8::9]:5", []string{"203.0.113.1"}, "203.0.113.1:0", true},
		{"a neighbour of a named proxy", "10.0.0.6:5", []string{"203.0.113.1"}, "10.0.0.6:5", false},
		{"two proxies", "10.0.0.5:5", []string{"203.0.113.1, 10.1.2.3"}, "203.0.113.1:0", true},
		{"two proxies, each with a line", "10.0.0.5:5", []string{"203.0.113.1", "10.1.2.3"}, "203.0.113.1:0", true},
		{"a visitor who says to be another, to a proxy", "10.0.0.5:5", []string{"198.51.100.9, 203.0.113.1"}, "203.0.113.1:0", true},
		{"a visitor who says to be a proxy, to a proxy", "10.0.0.5:5", []string{"198.51.100.9, 10.1.2.3, 203.0.113.1"}, "203.0.113.1:0", true},
		{"a proxy that says nonsense", "10.0.0.5:5", []string{"unknown"}, "10.0.0.5:0", true},
		{"a proxy that says nothing", "10.0.0.5:5", nil, "10.0.0.5:0", true},
		{"a mapped address", "[::ffff:10.0.0.5]:5", []string{"::ffff:203.0.113.1"}, "203.0.113.1:0", true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = x.peer
		r.Header["X-Forwarded-For"] = x.said
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("Forwarded", "for=198.51.100.9")
		Behind(named, http.HandlerFunc(func(_ http.ResponseWriter, got *http.Request) {
			if got.RemoteAddr != x.from || got.Header.Get("X-Forwarded-Proto") == "https" != x.https || got.Header.Get("X-Forwarded-For") != "" || got.Header.Get("Forwarded") != "" {
				t.Errorf("%s: from %s, %v", x.it, got.RemoteAddr, got.Header)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}
