package erasure

import "slices"

// Request is where one stands.
type Request struct {
	Line
	// State is the newest word on it, and ConfirmedBy and DoneAt what followed.
	State       What
	ConfirmedBy string
	DoneAt      string
}

// Requests are all requests that lines tell of, the oldest first.
func Requests(lines []Line) (out []Request) {
	for i := range lines {
		l := &lines[i]
		at := slices.IndexFunc(out, func(r Request) bool { return r.ID == l.ID })
		switch {
		case l.What == Requested && at < 0:
			out = append(out, Request{Line: *l, State: Requested})
		case at < 0:
		case l.What == Confirmed:
			out[at].State, out[at].ConfirmedBy = Confirmed, l.By
		case l.What == Done:
			out[at].State, out[at].DoneAt = Done, l.At
		}
	}
	return out
}

// Erased are the hashes of those whose erasure was confirmed, done or not.
func Erased(lines []Line) map[string]bool {
	out := map[string]bool{}
	for i := range lines {
		if lines[i].What == Confirmed {
			for _, p := range lines[i].People {
				out[p] = true
			}
		}
	}
	return out
}

// Held tells whether the law forbids to erase one of these people.
func Held(lines []Line, people []string) bool {
	held := map[string]bool{}
	for i := range lines {
		switch lines[i].What {
		case HoldSet, HoldEnded:
			for _, p := range lines[i].People {
				held[p] = lines[i].What == HoldSet
			}
		case Requested, Confirmed, Done:
		}
	}
	return slices.ContainsFunc(people, func(p string) bool { return held[p] })
}

// Waiting are the requests of these people that are not confirmed yet, or not done.
func Waiting(lines []Line, people []string) (out []Request) {
	for _, r := range Requests(lines) {
		if r.State != Done && slices.ContainsFunc(r.People, func(p string) bool { return slices.Contains(people, p) }) {
			out = append(out, r)
		}
	}
	return out
}
