package programdir

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"attune/core/instant"
)

// starterPolicy are the parts of a policy that another organisation can begin from. What is not here is a house's own: its name, its
// zone, its reading of the law, its teams, its approvers, and what it is trying out.
func starterPolicy() []string {
	return []string{"contact_hours", "channel_hours", "caps", "spacing", "purposes", "ceilings", "order", "follow", "bundles", "digest", "minors", "holds", "one_channel_a_day", "learning", "consent"}
}

// starterLearning are the parts of learning that are.
func starterLearning() []string {
	return []string{"explore", "least", "most", "half_life", "uniform", "costs", "fatigue", "reach", "times"}
}

// placeholders stand for what a house has to fill in. They are what validates and reaches nobody.
const starterHead = "# A starter program of another organisation: nothing in it is approved. Say here who you are, where, and what the law asks of you.\nsender: Your team\nzone: Etc/UTC\n"

// StarterFile tells whether a file of a program may go to others: what a program says and when. Approvals, standards of the house,
// stories, worlds and notes stay.
func StarterFile(path string) bool {
	switch path {
	case "program.yaml", "policy.yaml", "audiences.yaml", "behaviors.yaml", "signals.yaml", "outcomes.yaml", "map.yaml", "events.yaml", "valuesets.yaml", "voice.yaml":
		return true
	}
	folder, name, _ := strings.Cut(path, "/")
	switch folder {
	case "engagements", "journeys":
		return strings.HasSuffix(name, ".yaml") && !strings.Contains(name, "/")
	case "questionnaires":
		return strings.HasSuffix(name, ".json") && !strings.Contains(name, "/")
	case "content":
		return strings.HasSuffix(name, ".liquid") || strings.HasSuffix(name, ".yaml")
	}
	return false
}

// What reaches somebody does not go to others. Codes of medicines and diagnoses are in YAML, which is not searched.
var (
	anAddress = regexp.MustCompile(`[^\s<>"'(){}]+@[^\s<>"'(){}]+\.[A-Za-z]{2,}`)
	aLink     = regexp.MustCompile(`https?://[^\s<>"'(){}]+`)
	aNumber   = regexp.MustCompile(`\+?[0-9][0-9 ().\-/]{6,}[0-9]`)
)

// Starter is what another organisation can begin from of a program's files, and what was left out or replaced. YAML is written
// without its comments, which were for colleagues.
func Starter(zones *instant.Zones, files Files) (texts map[string]string, left []string, err error) {
	texts = map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(files.Texts)) {
		text := files.Texts[path]
		switch {
		case !StarterFile(path):
			left = append(left, path)
			continue
		case strings.HasSuffix(path, ".yaml"):
			var gone []string
			if text, gone, err = withoutComments(path, text); err != nil {
				return nil, nil, err
			}
			left = append(left, gone...)
		case strings.HasSuffix(path, ".liquid"):
			was := text
			text = anAddress.ReplaceAllString(text, "(your e-mail address)")
			text = aLink.ReplaceAllString(text, "(your link)")
			text = aNumber.ReplaceAllString(text, "(your telephone number)")
			if text != was {
				left = append(left, path+": e-mail addresses, links and telephone numbers")
			}
		}
		texts[path] = text
	}
	if _, problems := Compile(zones, Files{Home: files.Home, Texts: texts}); len(problems) > 0 {
		return nil, nil, fmt.Errorf("what may leave of the program %s cannot stand by itself, so it cannot be a starter: %s", files.Home, problems[0])
	}
	return texts, left, nil
}

// withoutComments writes a YAML file anew, with nothing of it that is the house's own.
func withoutComments(path, text string) (out string, left []string, err error) {
	tree, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(tree.Docs) != 1 {
		return "", nil, fmt.Errorf("%s cannot be written anew: %w", path, err)
	}
	switch body := tree.Docs[0].Body.(type) {
	case *ast.MappingNode:
		switch path {
		case "policy.yaml":
			left = keep(body, path+": ", starterPolicy())
			for _, v := range body.Values {
				part, is := v.Value.(*ast.MappingNode)
				switch key := v.Key.String(); {
				case !is:
				case key == "learning":
					left = append(left, keep(part, path+": learning.", starterLearning())...)
				case key == "consent":
					left = append(left, keep(part, path+": consent.", []string{"jurisdiction"})...)
				}
			}
		case "program.yaml":
			left = drop(body, path+": ", "standards")
		}
	}
	out = tree.String()
	if path == "policy.yaml" {
		out = starterHead + out
	}
	if !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	return out, left, nil
}

// keep takes all but these fields out, and tells which.
func keep(n *ast.MappingNode, before string, fields []string) (left []string) {
	n.Values = slices.DeleteFunc(n.Values, func(v *ast.MappingValueNode) bool {
		key := v.Key.String()
		if slices.Contains(fields, key) {
			return false
		}
		left = append(left, before+key)
		return true
	})
	return left
}

func drop(n *ast.MappingNode, before, field string) (left []string) {
	n.Values = slices.DeleteFunc(n.Values, func(v *ast.MappingValueNode) bool {
		if v.Key.String() != field {
			return false
		}
		left = append(left, before+field)
		return true
	})
	return left
}
