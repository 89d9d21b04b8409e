package engine

import (
	"strings"

	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
)

// approved asks whether a text may be said at the first instant from at on that lies within contact hours:
// one that waits for the morning and is approved until midnight is not said.
func (s *step) approved(pr *program.Program, hash, channel, language string, at instant.Time) (policy.Reason, string) {
	path, roles := pr.Lacks(hash, channel, language, pr.Policy.Hours.NextOpen(s.zone(pr), at))
	if roles == nil {
		return "", ""
	}
	as := strings.Join(roles, " and ")
	if as == "" {
		return policy.NotApproved, path
	}
	return policy.NotApproved, path + " as " + as
}
