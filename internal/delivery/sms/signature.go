package sms

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's protocol has it; HMAC does not suffer from its collisions
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// signature is what the carrier puts into X-Twilio-Signature: the base64 of HMAC-SHA1, under the
// account's token, over the address it posts to and each parameter's name and value, sorted by name
// (twilio.com/docs/usage/security).
func signature(token, address string, form url.Values) []byte {
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			h.Write([]byte(name + v))
		}
	}
	return h.Sum(nil)
}

// signed tells whether one of our tokens made the signature for this address. It takes the same time
// whatever is wrong with it.
func signed(tokens []string, header, address string, form url.Values) bool {
	got, err := base64.StdEncoding.DecodeString(header)
	if err != nil {
		return false
	}
	ok := false
	for _, token := range tokens {
		for _, a := range spellings(address) {
			ok = hmac.Equal(got, signature(token, a, form)) || ok
		}
	}
	return ok
}

// spellings are the ways in which the carrier may have written the address when it signed: with and
// without the usual port, and with and without what we ask of its connection, which is never sent.
func spellings(address string) (all []string) {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	hosts := []string{u.Host}
	usual := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	switch u.Port() {
	case "":
		hosts = append(hosts, u.Host+":"+usual)
	case usual:
		hosts = append(hosts, strings.TrimSuffix(u.Host, ":"+usual))
	}
	for _, host := range hosts {
		plain := strings.Replace(address, "://"+u.Host, "://"+host, 1)
		all = append(all, plain, plain+retries)
	}
	return all
}
