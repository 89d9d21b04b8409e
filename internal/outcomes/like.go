package outcomes

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Like is a hash of all that a report shows but the moment of which it is: two reports with the same one tell the same. It is empty where a
// report cannot be written.
func (r *Report) Like() string {
	shown := *r
	shown.Basis.Until = ""
	b, err := json.Marshal(shown)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
