package app

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/core/content"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
	"attune/core/release"
	origin "attune/core/source"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/explain"
	"attune/internal/paper"
	"attune/internal/programdir"
)

// Printed is a version of a program of which documents are made.
type Printed struct {
	program  *program.Program
	problems []origin.Problem
	files    map[string]string
	// folder and zones are what it is compiled from, for what its rules mean.
	folder program.Folder
	zones  *instant.Zones
	// version says which it is, now the documents' date.
	version []paper.Fact
	now     instant.Time
	// publicURL is where people say no to e-mails; without one that is not added.
	publicURL string
}

// PrintedFrom reads a program's files, to make documents of them. The version is said in words, and by the hash of its release, empty where it is of none.
func PrintedFrom(files programdir.Files, zones *instant.Zones, now instant.Time, version, hash string) (*Printed, error) {
	p := &Printed{files: files.Texts, zones: zones, now: now, version: []paper.Fact{{Name: "Version", Says: version}}}
	if hash != "" {
		p.version = append(p.version, paper.Fact{Name: "Hash of the release", Says: hash})
	}
	var problems []origin.Problem
	p.folder, problems = programdir.FolderOf(files)
	if len(problems) == 0 {
		p.program, p.problems = program.Look(p.folder, zones)
		problems = p.problems
	}
	if p.program == nil {
		return nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return p, nil
}

// compiled is the program by itself, or the first thing that is wrong with it. Its texts need not be approved.
func (p *Printed) compiled() (*release.Release, *origin.Problem) {
	read, problems := program.ReadDraft(p.folder, p.zones)
	var rel *release.Release
	if read != nil {
		rel, problems = release.Compile(event.Standard(), p.zones, read)
	}
	if rel == nil {
		return nil, &problems[0]
	}
	return rel, nil
}

// about is what stands on a document's first sheet.
func (p *Printed) about(more ...paper.Fact) []paper.Fact {
	out := append([]paper.Fact{{Name: "Program", Says: p.program.Name + " (" + p.program.ID + ")"}}, p.version...)
	out = append(out, more...)
	rules := &p.program.Policy.Approvals
	approvals := "A text that nobody approved is sent all the same: the program's policy does not ask for approvals."
	switch {
	case rules.Require && len(rules.Roles) > 0:
		approvals = "Only approved texts are sent. Each needs an approval as " + strings.Join(rules.Roles, " and as ") + "."
	case rules.Require:
		approvals = "Only approved texts are sent."
	}
	return append(
		out, paper.Fact{Name: "Languages", Says: strings.Join(p.program.Languages, ", ")}, paper.Fact{Name: "Sender", Says: p.program.Policy.Sender},
		paper.Fact{Name: "Approvals", Says: approvals}, paper.Fact{Name: "Made", Says: p.now.Std().UTC().Format("2 January 2006, 15:04 MST")},
	)
}

// sample is the one who does not exist, as whose every text is shown.
func (p *Printed) sample() content.Filled { return sampled(p.program.Policy.Sender) }

// nobody is what that one is called.
func (p *Printed) nobody() string { is := p.sample(); return is.FirstName + " " + is.LastName }

// kindNamed is a kind of step, for people.
func kindNamed(kind string) string {
	switch kind {
	case "send":
		return "Says something"
	case "decide":
		return "Says the best of several"
	case "wait":
		return "Waits"
	case "await":
		return "Waits for something"
	case "branch":
		return "Goes different ways"
	case "split":
		return "Draws lots"
	case "ask":
		return "Asks"
	case "task":
		return "A task for somebody"
	case "refer":
		return "Refers to another service"
	case "update":
		return "Writes down"
	case "call":
		return "Asks another system"
	case "goal":
		return "Comes this far"
	case "exit":
		return "Ends"
	}
	return kind
}

// WriteWalkthrough writes a journey for who reviews it, as PDF.
func (p *Printed) WriteWalkthrough(named string) ([]byte, error) {
	at := slices.IndexFunc(p.program.Journeys, func(j journey.Journey) bool { return j.ID == named })
	if at < 0 {
		return nil, api.NotFound("journey", "the program %s has no journey %q", p.program.ID, named)
	}
	rel, wrong := p.compiled()
	if wrong != nil {
		return nil, api.Refused(wrong.Pos.String(), wrong.What, wrong.Hint)
	}
	words := explain.New(rel, p.folder, nil)
	r := &reading{rel.Programs[0], words}
	all, err := r.journeys()
	if err != nil {
		return nil, err
	}
	j := &all[at]
	out := paper.Walkthrough{Program: p.program.Name, Journey: j.Name, To: p.nobody(), Made: p.now.Std(), Guardrails: words.Guardrails()}
	out.About = p.about(paper.Fact{Name: "Hash of the program", Says: rel.ID}, paper.Fact{Name: "Journey", Says: j.ID + ", in " + j.File})
	for _, w := range j.Words {
		if w == "Its steps:" {
			break
		}
		out.Enters = append(out.Enters, w)
	}
	c, shown := newContents(p.program, p.problems, p.now), map[string]int{}
	for k, s := range j.Steps {
		step := paper.Step{ID: s.ID, Kind: kindNamed(s.Kind), Words: s.Words}
		for _, id := range s.Engagements {
			said := paper.Said{Engagement: id, Before: shown[id]}
			if shown[id] == 0 {
				shown[id] = k + 1
				if said.Messages, err = p.messages(c, id); err != nil {
					return nil, err
				}
				said.Words = whole(words, p.program.Engagement(id).Pos.File)
			}
			step.Says = append(step.Says, said)
		}
		out.Steps = append(out.Steps, step)
	}
	var b bytes.Buffer
	err = out.Write(&b)
	return b.Bytes(), err
}

// whole is what a file means.
func whole(words *explain.Explainer, file string) []string {
	x, problem := words.Find(file, "")
	if problem != nil {
		return nil
	}
	return x.Words
}

// WriteReview writes all that an engagement can say, for who approves the words, as PDF. What cannot be read yet is said to be so.
func (p *Printed) WriteReview(named string) ([]byte, error) {
	e := p.program.Engagement(named)
	if e == nil {
		return nil, api.NotFound("engagement", "the program %s has no engagement %q", p.program.ID, named)
	}
	c := newContents(p.program, p.problems, p.now)
	out := paper.Review{Program: p.program.Name, Engagement: e.ID, To: p.nobody(), Made: p.now.Std(), About: p.about(paper.Fact{Name: "Engagement", Says: e.ID + ", in " + e.Pos.File})}
	for _, f := range c.row(e).Problems {
		out.Problems = append(out.Problems, found("To be mended", f))
	}
	// What its rules mean can be told of a program that is right alone; its texts can be read before.
	if rel, wrong := p.compiled(); wrong == nil {
		out.Words = whole(explain.New(rel, p.folder, nil), e.Pos.File)
	} else {
		out.Problems = append(out.Problems, "The program is not right yet, so it is not told here when this is said: "+wrong.String())
	}
	var err error
	if out.Messages, err = p.messages(c, e.ID); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = out.Write(&b)
	return b.Bytes(), err
}

// messages are all texts of an engagement: each variant on each of its channels in each language of the program.
func (p *Printed) messages(c *contents, engagement string) (out []paper.Message, err error) {
	e := p.program.Engagement(engagement)
	if e == nil {
		return nil, nil
	}
	for i := range e.Variants {
		v := &e.Variants[i]
		for _, t := range v.Texts {
			for _, language := range p.program.Languages {
				m, err := p.message(c, t, language)
				if err != nil {
					return nil, err
				}
				m.Variant = v.ID
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// message is one text as somebody who does not exist would get it.
func (p *Printed) message(c *contents, of program.Text, language string) (paper.Message, error) {
	is := c.cell(of.Channel, of.Template, language)
	m := paper.Message{Channel: of.Channel, Language: language, Path: is.File, Hash: is.Hash, State: stateSaid(&is)}
	for i := range is.Approvals {
		m.Approvals = append(m.Approvals, is.Approvals[i].Says())
		if is.Approvals[i].Demo {
			m.Approvals[i] += ", signed with a demonstration's key, which proves nothing"
		}
	}
	for _, f := range is.Problems {
		m.Findings = append(m.Findings, found("To be mended", f))
	}
	for _, f := range is.Warnings {
		m.Findings = append(m.Findings, found("Worth a look", f))
	}
	at := slices.IndexFunc(p.program.Content, func(t *content.Template) bool { return t.Path() == is.Content })
	if at < 0 {
		return m, nil
	}
	var x TextPreview
	if err := x.write(p.program, p.program.Content[at], p.sample(), p.publicURL); err != nil {
		return m, err
	}
	m.Readable, m.Subject, m.Body = true, x.Subject, x.Carried
	if written := p.files[is.File]; strings.Contains(written, "{{") || strings.Contains(written, "{%") {
		m.Written = written
	}
	if r := is.Reading; r != nil {
		m.Reading = fmt.Sprintf("%s %.1f: %s to read", r.Formula, r.Value, map[string]string{"easy": "easy", "plain": "neither easy nor hard", "hard": "hard"}[r.Level])
	}
	m.Size = fmt.Sprintf("%d characters", len([]rune(strings.TrimSpace(x.Carried))))
	if x.Parts != nil {
		m.Size += fmt.Sprintf(", text messages: %d (%s)", x.Parts.Segments, x.Parts.Encoding)
	}
	return m, nil
}

// stateSaid says how far a text is approved.
func stateSaid(is *ContentCell) string {
	switch {
	case is.State == "approved":
		return "Approved."
	case is.State == "missing":
		return "Missing: it is not written in this language, and the program cannot be published so."
	case len(is.Missing) > 0:
		return "Not approved: it lacks an approval as " + strings.Join(is.Missing, " and as ") + "."
	}
	return "Not approved."
}

func found(what string, f ProblemAt) string {
	says := what + ": " + f.What
	if f.Hint != "" {
		says += "; " + f.Hint
	}
	return fmt.Sprintf("%s (line %d)", says, f.Line)
}

// printed is a program of a release of which documents are made.
func (n *Node) printed(of, which string) (*Printed, error) {
	files, err := n.filesOf(of)
	if err != nil {
		return nil, err
	}
	version := fmt.Sprintf("Release %d", files.Number)
	if live, err := n.filesOf("live"); err == nil && live.Release == files.Release {
		version += ", which is live"
	}
	return n.printedOf(files.Programs, which, version, files.Release)
}

// printedDraft is a program of a draft.
func (n *Node) printedDraft(of, which string) (*Printed, error) {
	d, err := n.drafts.get(of)
	if err != nil {
		return nil, err
	}
	return n.printedOf(d.Programs, which, fmt.Sprintf("The draft “%s”, which is not live, after its change %d on %.10s", d.Name, d.Version, d.ChangedAt), "")
}

func (n *Node) printedOf(programs []ProgramFiles, which, version, hash string) (*Printed, error) {
	is, err := programAmong(programs, which)
	if err != nil {
		return nil, err
	}
	zones, err := n.zones()
	if err != nil {
		return nil, err
	}
	p, err := PrintedFrom(programdir.Files{Home: which, Texts: is.Files}, zones, n.Wall(), version, hash)
	if p != nil {
		p.publicURL = n.Back.PublicURL
	}
	return p, err
}

const pdfType = "application/pdf"

// printOperations give documents of programs, for paper.
func (n *Node) printOperations() []api.Operation {
	const (
		free  = "programs, which tell of nobody"
		steps = "Every step in plain words, and every text as it would be sent to somebody who does not exist, with its approvals and hash. The texts of a draft need not be approved for this; its rules have to be right."
		texts = "Every text of it on each channel and in each language, as it would be sent to somebody who does not exist, with its hash, reading level, findings, and who approved it when. A draft need not be right for this: what is wrong is said."
	)
	type released struct {
		Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
		Program string `path:"program" doc:"The program's id." example:"diabetes"`
	}
	type drafted struct {
		draftNamed
		Program string `path:"program" doc:"The program's id." example:"diabetes"`
	}
	type journeyIn struct {
		Journey string `path:"journey" doc:"The journey's id." example:"welcome"`
	}
	type engagementIn struct {
		Engagement string `path:"engagement" doc:"The engagement's id." example:"welcome"`
	}
	type releaseJourney struct {
		released
		journeyIn
	}
	type draftJourney struct {
		drafted
		journeyIn
	}
	type releaseEngagement struct {
		released
		engagementIn
	}
	type draftEngagement struct {
		drafted
		engagementIn
	}
	give := func(p *Printed, err error, write func(*Printed) ([]byte, error)) (api.Text, error) {
		if err != nil {
			return api.Text{}, err
		}
		b, err := write(p)
		return api.Text{Type: pdfType, Body: b}, err
	}
	return []api.Operation{
		explained(opOwn("writeWalkthrough", "GET /v1/releases/{release}/programs/{program}/journeys/{journey}/walkthrough", access.ProgramRead, "", free, "Write a journey of a release for who reviews it, step by step, as PDF.",
			func(_ context.Context, in releaseJourney) (api.Text, error) {
				p, err := n.printed(in.Release, in.Program)
				return give(p, err, func(p *Printed) ([]byte, error) { return p.WriteWalkthrough(in.Journey) })
			}), steps),
		explained(opOwn("writeDraftWalkthrough", "GET /v1/drafts/{draft}/programs/{program}/journeys/{journey}/walkthrough", access.ProgramRead, "", free, "Write a journey of a draft for who reviews it, step by step, as PDF.",
			func(_ context.Context, in draftJourney) (api.Text, error) {
				p, err := n.printedDraft(in.Draft, in.Program)
				return give(p, err, func(p *Printed) ([]byte, error) { return p.WriteWalkthrough(in.Journey) })
			}), steps),
		explained(opOwn("writeReview", "GET /v1/releases/{release}/programs/{program}/engagements/{engagement}/review", access.ProgramRead, "", free, "Write all that an engagement of a release can say for who approves the words, as PDF.",
			func(_ context.Context, in releaseEngagement) (api.Text, error) {
				p, err := n.printed(in.Release, in.Program)
				return give(p, err, func(p *Printed) ([]byte, error) { return p.WriteReview(in.Engagement) })
			}), texts),
		explained(opOwn("writeDraftReview", "GET /v1/drafts/{draft}/programs/{program}/engagements/{engagement}/review", access.ProgramRead, "", free, "Write all that an engagement of a draft can say for who approves the words, as PDF.",
			func(_ context.Context, in draftEngagement) (api.Text, error) {
				p, err := n.printedDraft(in.Draft, in.Program)
				return give(p, err, func(p *Printed) ([]byte, error) { return p.WriteReview(in.Engagement) })
			}), texts),
	}
}
