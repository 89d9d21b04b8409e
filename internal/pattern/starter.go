package pattern

// Starter is a program to begin from: its files, with nothing approved, and what was left out of them.
type Starter struct {
	Program string            `json:"program"`
	Hash    string            `json:"hash"`
	Files   map[string]string `json:"files"`
	Left    []string          `json:"left_out"`
}

// checkStarters refuses programs until there is a way to begin from them.
func (f *File) checkStarters() *Flaw {
	if len(f.Starters) > 0 {
		return &Flaw{"starters", "this version reads no programs", askAgain}
	}
	return nil
}
