package engine

import (
	"strings"

	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
)

// approved asks whether a text is approved at the instant at which it would go out.
func (*step) approved(pr *program.Program, hash, channel, language string, at instant.Time) (policy.Reason, string) {
	path, roles := pr.Lacks(hash, channel, language, at)
	if roles == nil {
		return "", ""
	}
	if as := strings.Join(roles, " and "); as != "" {
		path += " as " + as
	}
	return policy.NotApproved, path
}
