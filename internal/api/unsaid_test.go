package api

import "testing"

func TestWhatWasSentIsTakenOutOfAProblem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, what, want string }{
		{"there is no job Meier, or its result is not for you", "Meier", "there is no job …, or its result is not for you"},
		{`"Ana Meier" is not "Ana Meier"`, "Ana Meier", `"…" is not "…"`},
		{"the caller called", "call", "the caller called"},
		{"call is no channel", "call", "… is no channel"},
		{"a is no channel", "a", "a is no channel"},
		{"Ärzte", "rzte", "Ärzte"},
		{"nothing", "", "nothing"},
	} {
		if got := without(c.in, c.what); got != c.want {
			t.Errorf("%q without %q is %q", c.in, c.what, got)
		}
	}
}
