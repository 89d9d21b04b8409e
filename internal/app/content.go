package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"attune/core/content"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/program"
	origin "attune/core/source"
	"attune/core/voice"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/delivery/email"
	"attune/internal/delivery/sms"
	"attune/internal/programdir"
	"attune/internal/runner"
	"attune/internal/storytest"
	"attune/internal/unsubscribe"
)

// ContentMatrix is everything that a program can say: each variant of each engagement, on each channel and in each language.
type ContentMatrix struct {
	Program   string   `json:"program"`
	Languages []string `json:"languages"`
	// Channels are those that any variant is written for.
	Channels []string `json:"channels"`
	// Required tells that only approved texts are sent; Roles are those of which each text needs an approval, any one where there are none.
	Required bool         `json:"required"`
	Roles    []string     `json:"roles"`
	Rows     []ContentRow `json:"rows"`
	// Spare are texts that no engagement says.
	Spare []ContentCell `json:"spare"`
	// Elsewhere is how many problems the program has in other files.
	Elsewhere int `json:"elsewhere"`
}

// ContentRow is a variant of an engagement.
type ContentRow struct {
	Engagement string `json:"engagement"`
	Variant    string `json:"variant"`
	// Phases are those in which a moment of the map proposes it, Moments those moments, and Journeys those that have a step for it.
	Phases   []string `json:"phases"`
	Moments  []string `json:"moments"`
	Journeys []string `json:"journeys"`
	// Stages are the stages of change that it is made for; none where it does not say.
	Stages   []string `json:"stages"`
	Behavior string   `json:"behavior,omitempty"`
	Purpose  string   `json:"purpose"`
	Audience string   `json:"audience,omitempty"`
	Strategy string   `json:"strategy,omitempty"`
	// File is the engagement's, and Problems what is wrong in it.
	File     string        `json:"file"`
	Problems []ProblemAt   `json:"problems"`
	Cells    []ContentCell `json:"cells"`
}

// ContentCell is what a variant has on one channel in one language.
type ContentCell struct {
	Channel  string `json:"channel"`
	Language string `json:"language"`
	// State is "approved"; "draft" where an approval is lacking; "missing" where the variant speaks on this channel, and not in this language of the program;
	// or "none" where it is not written for this channel at all.
	State string `json:"state"`
	// Content is the text's path within content/, and File where it stands or has to be written; empty where the state is none.
	Content string `json:"content,omitempty"`
	File    string `json:"file,omitempty"`
	// Begins is its subject, or its first line.
	Begins string `json:"begins,omitempty"`
	// Hash is that of all that changes what is sent: what approvals are bound to.
	Hash      string          `json:"hash,omitempty"`
	Missing   []string        `json:"missing"`
	Approvals []ApprovalShown `json:"approvals"`
	// Problems have to be mended before it can be published, and Warnings are worth a look.
	Problems []ProblemAt `json:"problems"`
	Warnings []ProblemAt `json:"warnings"`
	Reading  *TextRead   `json:"reading,omitempty"`
}

// TextRead is how hard a text is to read.
type TextRead struct {
	// Formula is what measured it, Value what it says, and Level easy, plain or hard.
	Formula string  `json:"formula"`
	Value   float64 `json:"value"`
	Level   string  `json:"level"`
}

// TextPreview is a text as it would be sent to somebody, and all that is known of it.
type TextPreview struct {
	Program  string `json:"program"`
	Content  string `json:"content"`
	Channel  string `json:"channel"`
	Language string `json:"language"`
	// Readable tells that the text could be read; otherwise its problems say why not, and nothing would be sent.
	Readable bool `json:"readable"`
	// Subject and Body are what a channel gets, byte for byte, as readTouch tells it of a message that was sent.
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// Carried is the text that goes over the wire: of a text message without space at its end, of an e-mail to which its reader may say no with the
	// sentence and the link for that. Each message has its own link; here it ends with "…".
	Carried string `json:"carried"`
	// Unknown are names that the text has and that are not known of this person: its fallback stands in their place.
	Unknown []string `json:"unknown"`
	// Parts is of a text message alone.
	Parts *TextParts `json:"parts,omitempty"`
	// Cell has its findings and approvals.
	Cell ContentCell `json:"cell"`
}

// TextParts is what a text takes as text messages.
type TextParts struct {
	Segments int `json:"segments"`
	// Encoding is GSM-7, or UCS-2 where a character is not in the alphabet of text messages: Stranger is the first such.
	Encoding string `json:"encoding"`
	Stranger string `json:"stranger,omitempty"`
}

type previewOf struct {
	Program string `json:"program" required:"" doc:"Which program." example:"diabetes"`
	Content string `json:"content" required:"" doc:"The text's path within content/." example:"email/refill-warm.en"`
	Draft   string `json:"draft" doc:"The text of which draft; of what is live where it does not say." example:""`
	Text    string `json:"text" doc:"The text as it may become, all of it; as it stands without this." example:""`
}

type previewCall struct {
	previewOf
	Traits json.RawMessage `json:"traits" doc:"What is known of somebody who does not exist, an object, such as first_name and last_name." example:"{\"first_name\":\"Ana\"}"`
}

type previewPerson struct {
	onePerson
	previewOf
}

// readable reads a program of a release or draft as far as it can be read.
func (n *Node) readable(programs []ProgramFiles, which string) (*program.Program, []origin.Problem, error) {
	of, err := programAmong(programs, which)
	if err != nil {
		return nil, nil, err
	}
	zones, err := n.zones()
	if err != nil {
		return nil, nil, err
	}
	folder, problems := programdir.FolderOf(programdir.Files{Home: which, Texts: of.Files})
	var p *program.Program
	if len(problems) == 0 {
		p, problems = program.Look(folder, zones)
	}
	if p == nil {
		return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return p, problems, nil
}

// matrix lays out what a program can say.
func matrix(which string, p *program.Program, problems []origin.Problem, now instant.Time) ContentMatrix {
	c := newContents(p, problems, now)
	rules := &p.Policy.Approvals
	out := ContentMatrix{Program: which, Languages: p.Languages, Channels: []string{}, Required: rules.Require, Roles: slices.Concat([]string{}, rules.Roles), Rows: []ContentRow{}, Spare: []ContentCell{}}
	for i := range p.Engagements {
		for _, v := range p.Engagements[i].Variants {
			for _, t := range v.Texts {
				if !slices.Contains(out.Channels, t.Channel) {
					out.Channels = append(out.Channels, t.Channel)
				}
			}
		}
	}
	slices.SortFunc(out.Channels, func(a, b string) int {
		return slices.Index(program.Channels(), a) - slices.Index(program.Channels(), b)
	})
	told := 0
	for i := range p.Engagements {
		en := &p.Engagements[i]
		row := c.row(en)
		told += len(row.Problems)
		for k := range en.Variants {
			v := &en.Variants[k]
			of := row
			of.Variant, of.Strategy, of.Cells = v.ID, v.Strategy, []ContentCell{}
			for _, channel := range out.Channels {
				at := slices.IndexFunc(v.Texts, func(t program.Text) bool { return t.Channel == channel })
				for _, language := range p.Languages {
					if at < 0 {
						of.Cells = append(of.Cells, ContentCell{Channel: channel, Language: language, State: "none", Missing: []string{}, Approvals: []ApprovalShown{}, Problems: []ProblemAt{}, Warnings: []ProblemAt{}})
						continue
					}
					of.Cells = append(of.Cells, c.cell(channel, v.Texts[at].Template, language))
				}
			}
			out.Rows = append(out.Rows, of)
		}
	}
	for k, t := range p.Content {
		if !p.Standings[k].Used {
			out.Spare = append(out.Spare, c.cell(t.Channel, t.Name, t.Language))
		}
	}
	for _, x := range problems {
		if strings.HasPrefix(x.Pos.File, "content/") {
			told++
		}
	}
	out.Elsewhere = len(problems) - told
	return out
}

// contents finds what is known of texts.
type contents struct {
	p        *program.Program
	problems []origin.Problem
	standing []TextStanding
}

func newContents(p *program.Program, problems []origin.Problem, now instant.Time) *contents {
	return &contents{p, slices.Concat(problems, p.Outdated(now)), TextsOf(p, now)}
}

// row is what all variants of an engagement share.
func (c *contents) row(en *program.Engagement) ContentRow {
	row := ContentRow{
		Engagement: en.ID, Phases: []string{}, Moments: []string{}, Journeys: []string{}, Stages: slices.Concat([]string{}, en.Fits),
		Behavior: en.Behavior, Purpose: en.Purpose, Audience: en.Audience, File: en.Pos.File, Problems: []ProblemAt{},
	}
	for i := range c.p.Map.Moments {
		m := &c.p.Map.Moments[i]
		if !slices.Contains(m.Respond, en.ID) {
			continue
		}
		row.Moments = append(row.Moments, m.ID)
		if !slices.Contains(row.Phases, m.Phase) {
			row.Phases = append(row.Phases, m.Phase)
		}
	}
	for i := range c.p.Journeys {
		j := &c.p.Journeys[i]
		if slices.ContainsFunc(j.Steps, func(s journey.Step) bool {
			switch s := s.(type) { //nolint:gochecksumtype // no other step says anything
			case journey.Send:
				return s.Engagement == en.ID
			case journey.Decide:
				return slices.Contains(s.Among, en.ID)
			}
			return false
		}) {
			row.Journeys = append(row.Journeys, j.ID)
		}
	}
	row.Problems = append(row.Problems, ProblemsAt(problemsIn(c.problems, row.File))...)
	return row
}

func problemsIn(all []origin.Problem, file string) (out []origin.Problem) {
	for _, x := range all {
		if x.Pos.File == file {
			out = append(out, x)
		}
	}
	return out
}

// cell is what there is of a text.
func (c *contents) cell(channel, name, language string) ContentCell {
	out := ContentCell{Channel: channel, Language: language, State: "missing", Content: channel + "/" + name + "." + language, Missing: []string{}, Approvals: []ApprovalShown{}}
	out.File = "content/" + out.Content + ".liquid"
	out.Problems, out.Warnings = ProblemsAt(problemsIn(c.problems, out.File)), ProblemsAt(problemsIn(c.p.Warnings, out.File))
	at := slices.IndexFunc(c.p.Content, func(t *content.Template) bool { return t.Path() == out.Content })
	if at < 0 {
		if _, written := c.p.Files[out.File]; written { // and cannot be read
			out.State = "draft"
		}
		return out
	}
	is := &c.standing[at]
	out.State, out.Hash, out.Missing, out.Approvals = "draft", is.Hash, is.Missing, is.Approvals
	if is.Approved {
		out.State = "approved"
	}
	subject, body := c.p.Content[at].Render(sampled(c.p.Policy.Sender))
	if out.Begins = subject; subject == "" {
		out.Begins, _, _ = strings.Cut(strings.TrimSpace(body), "\n")
	}
	own, _, _ := strings.Cut(language, "-")
	for _, f := range voice.Formulas() {
		if value, enough := f.Measure(body); f.Language == own && enough {
			out.Reading = &TextRead{f.Name, value, voice.Level(own, body)}
		}
	}
	return out
}

// preview writes a text as somebody would get it.
func (n *Node) preview(in *previewOf, of *person.Person) (TextPreview, error) {
	programs, err := n.previewed(in)
	if err != nil {
		return TextPreview{}, err
	}
	p, problems, err := n.readable(programs, in.Program)
	if err != nil {
		return TextPreview{}, err
	}
	channel, rest, _ := strings.Cut(in.Content, "/")
	name, language, named := strings.Cut(rest, ".")
	file := "content/" + in.Content + ".liquid"
	if _, is := p.Files[file]; !is || !named {
		return TextPreview{}, api.NotFound("content", "%s has no text %q", in.Program, in.Content)
	}
	out := TextPreview{Program: in.Program, Content: in.Content, Channel: channel, Language: language, Unknown: []string{}}
	out.Cell = newContents(p, problems, n.Wall()).cell(channel, name, language)
	t := p.Template(name, channel, language)
	if t == nil || t.Path() != in.Content {
		return out, nil
	}
	out.Readable = true
	f := filledFor(of, p.Policy.Sender)
	for name, is := range map[string]string{"name": f.Name, "first_name": f.FirstName, "last_name": f.LastName, "about": f.About} {
		if is == "" && t.Mentions(name) {
			out.Unknown = append(out.Unknown, name)
		}
	}
	slices.Sort(out.Unknown)
	err = out.write(p, t, f, n.Back.PublicURL)
	return out, err
}

// write writes a text as its channel gets it, and as it goes over the wire.
func (x *TextPreview) write(p *program.Program, t *content.Template, f content.Filled, publicURL string) (err error) {
	x.Subject, x.Body = t.Render(f)
	x.Carried = x.Body
	switch t.Channel {
	case "sms":
		if x.Carried, err = sms.Text(x.Body); err != nil { // it is empty, which its problems say
			x.Carried = ""
		}
		segments, stranger := voice.Segments(x.Carried)
		x.Parts = &TextParts{Segments: segments, Encoding: "GSM-7"}
		if stranger != 0 {
			x.Parts.Encoding, x.Parts.Stranger = "UCS-2", string(stranger)
		}
	case "email":
		if publicURL != "" && !alwaysSaid(p, t) {
			x.Carried, err = email.Text(x.Body, t.Language, publicURL+unsubscribe.Path+"…")
			return err
		}
	}
	return nil
}

// sampled is what names stand for in a text to somebody who does not exist.
func sampled(organisation string) content.Filled {
	return content.Filled{Organisation: organisation, Name: "Ana", FirstName: "Ana", LastName: "López", About: "Eva"}
}

// filledFor is what names stand for in a text to somebody.
func filledFor(of *person.Person, organisation string) content.Filled {
	f := content.Filled{Organisation: organisation}
	f.Name, f.FirstName, f.LastName = engine.Called(of)
	return f
}

// alwaysSaid tells that a text is only said where nobody can say no to it.
func alwaysSaid(p *program.Program, t *content.Template) bool {
	said := false
	for i := range p.Engagements {
		for _, v := range p.Engagements[i].Variants {
			if slices.Contains(v.Texts, program.Text{Channel: t.Channel, Template: t.Name}) {
				if p.Engagements[i].Coordination != program.MustSend {
					return false
				}
				said = true
			}
		}
	}
	return said
}

// previewed are the files of which a text is looked at, with the text as it may become.
func (n *Node) previewed(in *previewOf) ([]ProgramFiles, error) {
	programs, err := n.programsIn(in.Draft)
	if err != nil || in.Text == "" {
		return programs, err
	}
	files, err := (&Draft{Programs: programs}).files(in.Program)
	if err != nil {
		return nil, err
	}
	with := make(map[string]string, len(files)+1)
	for name, text := range files {
		with[name] = text
	}
	with["content/"+in.Content+".liquid"] = in.Text
	programs = slices.Clone(programs)
	for k := range programs {
		if programs[k].ID == in.Program {
			programs[k].Files = with
		}
	}
	return programs, nil
}

// somebody is a person of whom only traits are known.
func (n *Node) somebody(traits json.RawMessage) (*person.Person, error) {
	if len(traits) == 0 {
		traits = json.RawMessage("{}")
	}
	in := dryRunLines{Events: []HeardLine{{At: n.Wall().String(), Traits: traits}}}
	events, err := in.story()
	if err != nil {
		return nil, err
	}
	is, err := (&storytest.Trial{Release: n.live(), Events: events}).Run()
	if err != nil {
		return nil, api.Refused("traits", err.Error(), `write an object such as {"first_name": "Ana"}`)
	}
	return &is.Person, nil
}

// Preview writes a text as somebody of the folder would get it now.
func (i *Inspector) Preview(ctx context.Context, who id.Person, write func(*person.Person) (TextPreview, error)) (TextPreview, error) {
	if err := i.looked(ctx, "Preview", who); err != nil {
		return TextPreview{}, err
	}
	p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return TextPreview{}, fmt.Errorf("read whom a text is for: %w", err)
	}
	if !ok {
		return TextPreview{}, api.NotFound("person", "nothing is recorded of them yet")
	}
	return write(&p)
}

// studioOperations are about the texts of a program together, and as people would get them.
func (n *Node) studioOperations() []api.Operation {
	big := func(o api.Operation) api.Operation {
		o.MaxBody = maxDraft
		return o
	}
	return []api.Operation{
		explained(opOwn("readContent", "GET /v1/releases/{release}/programs/{program}/content", access.ProgramRead, "", "texts of programs, which tell of nobody", "Lay out what a program of a release can say: each variant on each channel in each language, what is missing, what is approved and what is found.",
			func(_ context.Context, in struct {
				Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
				Program string `path:"program" doc:"The program's id."`
			},
			) (ContentMatrix, error) {
				files, err := n.filesOf(in.Release)
				if err != nil {
					return ContentMatrix{}, err
				}
				p, problems, err := n.readable(files.Programs, in.Program)
				if err != nil {
					return ContentMatrix{}, err
				}
				return matrix(in.Program, p, problems, n.Wall()), nil
			}), "An approval is bound to the hash: whoever changes one character has a draft again."),
		explained(opOwn("readDraftContent", "GET /v1/drafts/{draft}/programs/{program}/content", access.ProgramRead, "", "texts of programs, which tell of nobody", "Lay out what a program of a draft can say, as far as it can be read.",
			func(_ context.Context, in struct {
				draftNamed
				Program string `path:"program" doc:"The program's id."`
			},
			) (ContentMatrix, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return ContentMatrix{}, err
				}
				p, problems, err := n.readable(d.Programs, in.Program)
				if err != nil {
					return ContentMatrix{}, err
				}
				return matrix(in.Program, p, problems, n.Wall()), nil
			}), "A draft need not be right for this: problems stand at the texts that they are about."),
		big(explained(opOwn("previewContent", "POST /v1/content/preview", access.ProgramRead, "", "somebody who does not exist", "Write a text as somebody who does not exist would get it, byte for byte, with its findings and approvals.",
			func(_ context.Context, in previewCall) (TextPreview, error) {
				of, err := n.somebody(in.Traits)
				if err != nil {
					return TextPreview{}, err
				}
				return n.preview(&in.previewOf, of)
			}), "The renderer is the one that delivery uses. Nothing is sent or kept.")),
		big(explained(opRead(n, "previewContentPerson", "POST /v1/people/{person}/content/preview", access.PersonRead, "Preview", "Write a text as somebody would get it now, byte for byte.",
			func(ctx context.Context, i *Inspector, in previewPerson) (TextPreview, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return TextPreview{}, err
				}
				return i.Preview(ctx, who, func(of *person.Person) (TextPreview, error) { return n.preview(&in.previewOf, of) })
			}), "Nothing is sent or kept; looking is recorded like reading their record.")),
	}
}
