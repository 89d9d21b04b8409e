package explain

import (
	"slices"
)

// wakes are the events that can change a rule's answer, also through what it asks for, and "time".
func (e *Explainer) wakes(t thing) []string {
	rule := -1
	for i := range e.release.Rules {
		if r := &e.release.Rules[i]; r.Program == 0 && r.Name == t.rule {
			rule = i
		}
	}
	if rule < 0 {
		return nil
	}
	var out []string
	for _, name := range e.release.Catalogue.Names() {
		if slices.Contains(e.release.Woken(name), rule) {
			out = append(out, name)
		}
	}
	if slices.Contains(e.release.Timed(), rule) {
		out = append(out, "time")
	}
	return out
}
