package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SecretPrefix begins a signing secret, as Standard Webhooks write it.
const SecretPrefix = "whsec_"

// The sizes of a signing secret in bytes.
const (
	leastSecret = 24
	mostSecret  = 64
)

// ParseSecrets reads signing secrets, one a line: whsec_ and base64. A service's secret is replaced
// without a gap by having both in the file for a while. Errors repeat nothing of a secret.
func ParseSecrets(text string) (secrets [][]byte, err error) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		coded, ok := strings.CutPrefix(line, SecretPrefix)
		secret, err := base64.StdEncoding.DecodeString(coded)
		switch {
		case line == "":
			return nil, errors.New("it is empty; write a secret into it: whsec_ and the output of openssl rand -base64 32")
		case !ok || err != nil:
			return nil, fmt.Errorf("line %d is not %s and base64; make a secret with: echo %s$(openssl rand -base64 32)", i+1, SecretPrefix, SecretPrefix)
		case len(secret) < leastSecret || len(secret) > mostSecret:
			return nil, fmt.Errorf("line %d holds %d bytes; a secret has %d to %d", i+1, len(secret), leastSecret, mostSecret)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// Sign is the value of webhook-signature: "v1," and the base64 of HMAC-SHA256 over id, timestamp and
// body, joined by dots; once for each secret, with a space between.
func Sign(secrets [][]byte, id string, at time.Time, body []byte) string {
	var out []string
	for _, secret := range secrets {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		m.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	return strings.Join(out, " ")
}
