package outbound

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// names is a name server such as an attacker runs: each question for an address gets the next of its answers.
type names struct {
	answers []string
	asked   atomic.Int64
}

// resolver asks it over a real socket.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			size, from, err := socket.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = socket.WriteTo(n.answer(b[:size]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// answer writes a reply of RFC 1035: the question again, and one address where it is of the kind that was asked for.
func (n *names) answer(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	kind := binary.BigEndian.Uint16(question[end-4:])
	out := append([]byte{}, question[:end]...)
	copy(out[2:12], []byte{0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	if kind != 1 && kind != 28 {
		return out
	}
	ip := netip.MustParseAddr(n.answers[int(n.asked.Load())%len(n.answers)])
	if ip.Is4() != (kind == 1) {
		return out
	}
	n.asked.Add(1)
	out[7] = 1
	out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint16(out, uint16(len(ip.AsSlice())))
	return append(out, ip.AsSlice()...)
}

// inside is a server of the network that counts who connects to it.
func inside(t *testing.T, handler http.HandlerFunc) (s *httptest.Server, connects *atomic.Int64) {
	t.Helper()
	connects = &atomic.Int64{}
	s = httptest.NewUnstartedServer(handler)
	s.Config.ConnState = func(_ net.Conn, is http.ConnState) {
		if is == http.StateNew {
			connects.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, connects
}

func get(t *testing.T, c *Client, address string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err == nil {
		t.Cleanup(func() { _ = answer.Body.Close() })
	}
	return answer, err
}

// hostile are addresses inside, in the spellings in which they get past lists of names.
func hostile() []string {
	return []string{
		"127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
		"169.254.169.254", "169.254.170.2", "169.254.0.1", "168.63.129.16", "100.64.0.1", "100.127.255.255", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]",
		"[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
		"2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "127.1", "127.0.1", "017700000001", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
		"localhost", "LOCALHOST", "localhost.", "metadata.google.internal", "①②⑦.①",
	}
}

// Whatever an address is spelt like, and whatever its name stands for, nothing inside is connected to.
func TestNothingInsideIsReached(t *testing.T) {
	t.Parallel()
	if n := len(hostile()); n < 40 {
		t.Fatalf("there are only %d addresses", n)
	}
	// A name that is not known here is looked up nowhere else.
	everything := &names{answers: []string{"127.0.0.1"}}
	c := New(Config{Resolver: everything.resolver(t), Timeout: 10 * time.Second})
	for _, host := range hostile() {
		for _, scheme := range []string{"http", "https"} {
			address := scheme + "://" + host + "/latest/meta-data/"
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				continue // nobody can even ask for it
			}
			_, err = c.Do(r) //nolint:bodyclose // there is none
			refused, is := errors.AsType[*Refused](err)
			var unknown *net.DNSError
			switch {
			case is && (refused.Never || strings.Contains(refused.Error(), "outbound.allow")):
			case errors.As(err, &unknown):
			default:
				t.Errorf("%s was tried: %v", address, err)
			}
		}
	}
}

// What listens here sees nobody, on its own port, whether it is reached for by number or by name.
func TestWhatListensInsideSeesNobody(t *testing.T) {
	t.Parallel()
	s, connects := inside(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := New(Config{Allow: []string{"named.example:1", "elsewhere.example:" + port}, Timeout: 10 * time.Second, Resolver: (&names{answers: []string{"127.0.0.1"}}).resolver(t)})
	for _, host := range append(hostile(), "rebinding.example") {
		for _, scheme := range []string{"http", "https"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, scheme+"://"+host+":"+port, nil)
			if err != nil {
				continue
			}
			if _, err := c.Do(r); err == nil { //nolint:bodyclose // there is none
				t.Errorf("%s was reached", host)
			}
		}
	}
	if n := connects.Load(); n != 0 {
		t.Errorf("%d connected", n)
	}
}

// A name whose answer changes is judged by the address that is dialled, each time.
func TestANameThatRebindsIsRefused(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"127.0.0.1", "169.254.169.254", "168.63.129.16", "10.1.2.3", "::1", "fd00:ec2::254", "64:ff9b::7f00:1"} {
		n := &names{answers: []string{to}}
		c := New(Config{Resolver: n.resolver(t), Timeout: 10 * time.Second})
		for range 5 {
			_, err := get(t, c, "https://rebinding.example/")
			if _, is := errors.AsType[*Refused](err); !is {
				t.Errorf("%s: %v", to, err)
			}
		}
		if n.asked.Load() == 0 {
			t.Errorf("%s: the name was not looked up", to)
		}
	}
	// Named for a service inside, it still never gets to what tells a machine its secrets.
	s, _ := inside(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	n := &names{answers: []string{"127.0.0.1", "169.254.169.254"}}
	c := New(Config{Allow: []string{"risk.example:" + port}, Resolver: n.resolver(t), Timeout: 10 * time.Second})
	if _, err := get(t, c, "http://risk.example:"+port); err != nil {
		t.Fatal(err)
	}
	c.CloseIdleConnections()
	if refused, is := errors.AsType[*Refused](fails(t, c, "http://risk.example:"+port)); !is || !refused.Never {
		t.Error("it was tried at the address of the cloud's secrets")
	}
}

func fails(t *testing.T, c *Client, address string) error {
	t.Helper()
	_, err := get(t, c, address)
	if err == nil {
		t.Fatalf("%s was reached", address)
	}
	return err
}

func TestRedirectsGoNowhereElse(t *testing.T) {
	t.Parallel()
	secret, connects := inside(t, func(http.ResponseWriter, *http.Request) {})
	var to atomic.Value
	named, _ := inside(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(w, r, to.Load().(string), http.StatusFound)
			return
		}
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	})
	allow := []string{named.Listener.Addr().String()}
	t.Run("it follows none unless asked", func(t *testing.T) {
		to.Store(secret.URL)
		answer, err := get(t, New(Config{Allow: allow}), named.URL)
		if err != nil || answer.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%v, %v", answer, err)
		}
	})
	for _, target := range []string{secret.URL, "http://169.254.169.254/latest/meta-data/", "https://[::1]/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "http://2130706433/", "https://169.254.169.254/"} {
		t.Run("it looks at each: "+target, func(t *testing.T) {
			to.Store(target)
			if err := fails(t, New(Config{Allow: allow, Redirects: 3}), named.URL); connects.Load() != 0 {
				t.Error(err)
			}
		})
	}
	t.Run("it follows no more than it is asked", func(t *testing.T) {
		to.Store("/again")
		answer, err := get(t, New(Config{Allow: allow, Redirects: 3}), named.URL)
		if err != nil || answer.StatusCode != http.StatusFound {
			t.Errorf("%v, %v", answer, err)
		}
	})
	if n := connects.Load(); n != 0 {
		t.Errorf("%d connected", n)
	}
}

func TestWhatIsNamedIsReached(t *testing.T) {
	t.Parallel()
	s, _ := inside(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("a", 5000)) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := New(Config{Allow: []string{"127.0.0.1:" + port}, Answer: 4999})
	answer, err := get(t, c, "http://127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(answer.Body); err == nil || len(text) > 4999 {
		t.Errorf("of an answer that is too long, %d bytes were read: %v", len(text), err)
	}
	err = fails(t, New(Config{}), "http://127.0.0.1:"+port)
	if want := fmt.Sprintf("name 127.0.0.1:%s in outbound.allow", port); !strings.Contains(err.Error(), want) {
		t.Errorf("%v; it does not say %q", err, want)
	}
}

// It takes no proxy from the environment: a proxy would connect for it, and nobody would look at the address.
func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	proxy, connects := inside(t, func(http.ResponseWriter, *http.Request) {})
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	_ = fails(t, New(Config{Resolver: (&names{answers: []string{"10.0.0.9"}}).resolver(t)}), "https://clinic.example/")
	if n := connects.Load(); n != 0 {
		t.Errorf("%d went through it", n)
	}
}

func TestAServerIsNamedWithItsPort(t *testing.T) {
	t.Parallel()
	for server, right := range map[string]bool{
		"risk.clinic.example:8443": true, "127.0.0.1:9000": true, "[::1]:9000": true, "10.0.0.7:443": true, "localhost:80": true,
		"risk": false, "risk:": false, ":80": false, "risk:0": false, "risk:70000": false, "http://risk:80": false, "*.example:443": false, "10.0.0.0/8:443": false,
		"169.254.169.254:80": false, "[fe80::1]:80": false, "168.63.129.16:80": false, "0.0.0.0:80": false, "127.1:80": false, "a@b:80": false,
	} {
		if wrong := Check(server); (wrong == "") != right {
			t.Errorf("%s: %q", server, wrong)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, host := range hostile() {
		f.Add(strings.Trim(host, "[]"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		// A slower twin: whatever Go itself does not call a global address of its own is not public.
		plain := net.IP(ip.Unmap().AsSlice())
		if public(ip) && (!plain.IsGlobalUnicast() || plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast()) {
			t.Errorf("%s is taken for public", ip)
		}
		if public(ip) && !nameable(ip) {
			t.Errorf("%s is public and cannot be named", ip)
		}
	})
}
