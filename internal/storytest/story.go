package storytest

import (
	"fmt"

	"golang.org/x/tools/txtar"

	"attune/core/release"
	"attune/core/source"
)

const (
	eventsFile  = "events.jsonl"
	touchesFile = "touches.jsonl"
)

// Check tells a story under a release. Difference is how what follows differs from what the story says,
// empty where it does not, and rewritten the story with what follows now.
func Check(rel *release.Release, text string) (difference, rewritten string, err error) {
	story := txtar.Parse([]byte(text))
	events, touches := -1, -1
	for i, f := range story.Files {
		switch f.Name {
		case eventsFile:
			events = i
		case touchesFile:
			touches = i
		default:
			return "", "", fmt.Errorf("a story has no part %q; %s", f.Name, source.Suggest(f.Name, []string{eventsFile, touchesFile}))
		}
	}
	if events < 0 {
		return "", "", fmt.Errorf("the story has no part -- %s --", eventsFile)
	}
	got, err := Tell(rel, string(story.Files[events].Data))
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", eventsFile, err)
	}
	want := ""
	if touches < 0 {
		touches = len(story.Files)
		story.Files = append(story.Files, txtar.File{Name: touchesFile})
	} else {
		want = string(story.Files[touches].Data)
	}
	if got != want {
		difference = touchesFile + " " + Difference(want, got)
	}
	story.Files[touches].Data = []byte(got)
	return difference, string(txtar.Format(story)), nil
}
