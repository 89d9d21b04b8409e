package app

import (
	"context"
	"slices"

	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/explain"
	"attune/internal/programdir"
)

// readingOperations show what a release is made of, part by part, with what each means in words.
func (n *Node) readingOperations() []api.Operation {
	const free = "programs, which tell of nobody"
	type programIn struct {
		Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
		Program string `path:"program" doc:"The program's id." example:"diabetes"`
	}
	type pagedIn struct {
		programIn
		api.Page
	}
	return []api.Operation{
		explained(opOwn("readMap", "GET /v1/releases/{release}/programs/{program}/map", access.ProgramRead, "", free, "Show a program's map: phases, lanes, moments and promises, each with when it is so, in words.",
			func(_ context.Context, in programIn) (MapRead, error) {
				r, err := n.reading(in.Release, in.Program)
				if err != nil {
					return MapRead{}, err
				}
				return r.wall()
			}), "A phase is a column, a stakeholder a lane, and a moment a card where they meet."),
		opOwn("listJourneys", "GET /v1/releases/{release}/programs/{program}/journeys", access.ProgramRead, "", free, "List a program's journeys: who enters, the goals, the interrupts and all steps, in words.",
			func(_ context.Context, in pagedIn) (out api.List[JourneyRead], err error) {
				r, err := n.reading(in.Release, in.Program)
				if err != nil {
					return out, err
				}
				all, err := r.journeys()
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in.Page, func(j *JourneyRead) string { return j.ID })
			}),
		opOwn("listAudiences", "GET /v1/releases/{release}/programs/{program}/audiences", access.ProgramRead, "", free, "List a program's audiences: who belongs to each, in words.",
			func(_ context.Context, in pagedIn) (out api.List[AudienceRead], err error) {
				r, err := n.reading(in.Release, in.Program)
				if err != nil {
					return out, err
				}
				all, err := r.audiences()
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in.Page, func(a *AudienceRead) string { return a.ID })
			}),
		opOwn("listEngagements", "GET /v1/releases/{release}/programs/{program}/engagements", access.ProgramRead, "", free, "List a program's engagements: what may be said, when, how often, and in which words.",
			func(_ context.Context, in pagedIn) (out api.List[EngagementRead], err error) {
				r, err := n.reading(in.Release, in.Program)
				if err != nil {
					return out, err
				}
				all, err := r.engagements()
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in.Page, func(e *EngagementRead) string { return e.ID })
			}),
	}
}

// reading reads one program of a release.
type reading struct {
	program *program.Program
	words   *explain.Explainer
}

// reading finds a program of a release by the release's name.
func (n *Node) reading(of, which string) (*reading, error) {
	files, err := n.filesOf(of)
	if err != nil {
		return nil, err
	}
	is, err := programAmong(files.Programs, which)
	if err != nil {
		return nil, err
	}
	rel, _, err := n.compiledOf([]ProgramFiles{is})
	if err != nil {
		return nil, err
	}
	folder, problems := programdir.FolderOf(programdir.Files{Home: which, Texts: is.Files})
	if len(problems) > 0 {
		return nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return &reading{rel.Programs[0], explain.New(rel, folder, nil)}, nil
}

// said are the things of a file and what they mean, by their kinds and ids. A file that says nothing has none.
func (r *reading) said(file string) map[[2]string][]string {
	out := map[[2]string][]string{}
	x, problem := r.words.Find(file, "")
	if problem != nil {
		return out
	}
	for _, t := range append(slices.Clone(x.Things), *x) {
		out[[2]string{t.Kind, t.ID}] = t.Words
	}
	return out
}

// MapRead is a program's map, as it is read.
type MapRead struct {
	Program      string             `json:"program"`
	Name         string             `json:"name"`
	Phases       []PhaseRead        `json:"phases"`
	Exits        []Meaning          `json:"exits"`
	Stakeholders []StakeholderShown `json:"stakeholders"`
	Moments      []MomentRead       `json:"moments"`
	// Lifecycle says which phases belong to which part of the customer life cycle.
	Lifecycle []PartRead `json:"lifecycle"`
}

// Meaning is something with an id and what it means.
type Meaning struct {
	ID string `json:"id"`
	// Words are what it means, a paragraph each.
	Words []string `json:"words"`
}

// PhaseRead is a phase, and when somebody enters it.
type PhaseRead struct {
	PhaseShown
	Words []string `json:"words"`
	// Expect is how long it should last, where somebody said so.
	Expect string `json:"expect,omitempty"`
}

// MomentRead is a moment, what tells that it happened, and what it promises.
type MomentRead struct {
	MomentShown
	Words []string `json:"words"`
	// Then is the moment that is promised to follow, and Within by when.
	Then   string `json:"then,omitempty"`
	Within string `json:"within,omitempty"`
}

// PartRead is a part of the customer life cycle.
type PartRead struct {
	ID     string   `json:"id"`
	Phases []string `json:"phases"`
}

func (r *reading) wall() (MapRead, error) {
	p := r.program
	shown := showProgram(p)
	out := MapRead{Program: p.ID, Name: p.Name, Stakeholders: shown.Stakeholders}
	said := r.said("map.yaml")
	for i := range p.Map.Phases {
		x := &p.Map.Phases[i]
		out.Phases = append(out.Phases, PhaseRead{shown.Phases[i], said[[2]string{"phase", x.ID}], spanOf(x.Expect)})
	}
	for i := range p.Map.Exits {
		out.Exits = append(out.Exits, Meaning{p.Map.Exits[i].ID, said[[2]string{"exit", p.Map.Exits[i].ID}]})
	}
	for i := range p.Map.Moments {
		x := &p.Map.Moments[i]
		m := MomentRead{MomentShown: shown.Moments[i], Words: said[[2]string{"moment", x.ID}]}
		if x.Then != nil {
			m.Then, m.Within = x.Then.Moment, spanOf(x.Then.Within)
		}
		out.Moments = append(out.Moments, m)
	}
	for _, x := range p.Map.Lifecycle {
		out.Lifecycle = append(out.Lifecycle, PartRead{x.ID, x.Phases})
	}
	return out, nil
}

// spanOf writes a span of time as programs do; empty where there is none.
func spanOf(d instant.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// JourneyRead is a journey, as it is read.
type JourneyRead struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// File is where it is written.
	File string `json:"file"`
	// Words say who enters, and how often.
	Words      []string   `json:"words"`
	Goals      []Meaning  `json:"goals"`
	Interrupts []Meaning  `json:"interrupts"`
	Steps      []StepRead `json:"steps"`
}

// StepRead is a step of a journey: its kind, what it does in words, and where it may lead.
type StepRead struct {
	ID string `json:"id"`
	// Kind is how programs name it, such as send or wait.
	Kind  string   `json:"kind"`
	Words []string `json:"words"`
	// Engagements are those that it may propose.
	Engagements []string `json:"engagements"`
	// Next is every step that it may lead to, by their ids.
	Next []string `json:"next"`
}

func (r *reading) journeys() ([]JourneyRead, error) {
	var out []JourneyRead
	for i := range r.program.Journeys {
		j := &r.program.Journeys[i]
		x := JourneyRead{ID: j.ID, Name: j.Name, File: j.Pos.File}
		if whole, problem := r.words.Find(j.Pos.File, ""); problem == nil {
			x.Words = whole.Words
		}
		for _, g := range j.Goals {
			x.Goals = append(x.Goals, Meaning{g.ID, r.part(j.Pos.File, "goal", g.ID)})
		}
		for _, n := range j.Interrupts {
			x.Interrupts = append(x.Interrupts, Meaning{n.ID, r.part(j.Pos.File, "interrupt", n.ID)})
		}
		for k, s := range j.Steps {
			kind, engagements, next := stepRead(s)
			if s.Follows() != "" {
				next = append([]string{s.Follows()}, next...)
			} else if _, ends := s.(journey.Exit); !ends && k+1 < len(j.Steps) {
				next = append([]string{j.Steps[k+1].Label()}, next...)
			}
			next = slices.DeleteFunc(next, func(id string) bool { return id == "" })
			slices.Sort(next)
			x.Steps = append(x.Steps, StepRead{s.Label(), kind, r.part(j.Pos.File, "step", s.Label()), engagements, slices.Compact(next)})
		}
		out = append(out, x)
	}
	return out, nil
}

// part is what a thing of a file means.
func (r *reading) part(file, kind, id string) []string {
	x, problem := r.words.Find(file, id)
	if problem != nil {
		return nil
	}
	for _, t := range x.Things {
		if t.Kind == kind {
			return t.Words
		}
	}
	return x.Words
}

// stepRead tells a step's kind, what it may propose, and where it may lead beside to the step that follows.
func stepRead(s journey.Step) (kind string, engagements, next []string) {
	outcomes := func(all []journey.Outcome) {
		for _, o := range all {
			next = append(next, o.Then)
		}
	}
	switch s := s.(type) {
	case journey.Send:
		return "send", []string{s.Engagement}, nil
	case journey.Decide:
		return "decide", s.Among, nil
	case journey.Wait:
		return "wait", nil, []string{s.Else}
	case journey.Await:
		return "await", nil, []string{s.Else}
	case journey.Branch:
		for _, c := range s.Cases {
			next = append(next, c.Then)
		}
		return "branch", nil, append(next, s.Else)
	case journey.Split:
		for _, a := range s.Arms {
			next = append(next, a.Then)
		}
		return "split", nil, next
	case journey.Ask:
		if s.By != "" {
			engagements = []string{s.By}
		}
		return "ask", engagements, []string{s.Else}
	case journey.Task:
		outcomes(s.Outcomes)
		return "task", nil, append(next, s.Else)
	case journey.Refer:
		outcomes(s.Outcomes)
		return "refer", nil, append(next, s.Else)
	case journey.Update:
		return "update", nil, nil
	case journey.Call:
		outcomes(s.Outcomes)
		return "call", nil, append(next, s.Else)
	case journey.Reached:
		return "goal", nil, nil
	case journey.Exit:
		return "exit", nil, nil
	}
	return "", nil, nil
}

// AudienceRead is a group of people that a rule makes.
type AudienceRead struct {
	ID string `json:"id"`
	// Says is what the team wrote of it, and Words what its rule means.
	Says  string   `json:"says,omitempty"`
	Words []string `json:"words"`
}

func (r *reading) audiences() ([]AudienceRead, error) {
	var out []AudienceRead
	said := r.said("audiences.yaml")
	for _, a := range r.program.Audiences {
		out = append(out, AudienceRead{a.ID, a.Says, said[[2]string{"audience", a.ID}]})
	}
	return out, nil
}

// EngagementRead is something that may be said, as it is read.
type EngagementRead struct {
	EngagementShown
	// File is where it is written, and Words when it is proposed, to whom and how often.
	File  string   `json:"file"`
	Words []string `json:"words"`
	// Coordination is decided, broadcast or must_send.
	Coordination string `json:"coordination"`
	// Texts are the templates of each variant, by channel.
	Texts []VariantRead `json:"texts"`
}

// VariantRead is one way of saying something.
type VariantRead struct {
	ID           string `json:"id"`
	Strategy     string `json:"strategy,omitempty"`
	CallToAction string `json:"call_to_action,omitempty"`
	Frame        string `json:"frame,omitempty"`
	// Techniques are the behaviour change techniques that it uses.
	Techniques []string `json:"techniques"`
	// Templates are names of texts, by channel.
	Templates map[string]string `json:"templates"`
}

func (r *reading) engagements() ([]EngagementRead, error) {
	var out []EngagementRead
	shown := showProgram(r.program).Engagements
	for i := range r.program.Engagements {
		x := &r.program.Engagements[i]
		e := EngagementRead{EngagementShown: shown[i], File: x.Pos.File, Coordination: x.Coordination.String()}
		e.Words = r.said(x.Pos.File)[[2]string{"engagement", x.ID}]
		for k := range x.Variants {
			v := &x.Variants[k]
			read := VariantRead{ID: v.ID, Strategy: v.Strategy, CallToAction: v.CallToAction, Frame: v.Frame, Techniques: v.Techniques, Templates: map[string]string{}}
			for _, t := range v.Texts {
				read.Templates[t.Channel] = t.Template
			}
			e.Texts = append(e.Texts, read)
		}
		out = append(out, e)
	}
	return out, nil
}

// draft reads one of the programs of a request, whose texts need not be approved; of those that are live without any.
func (n *Node) draft(programs []ProgramFiles, which string) (*program.Program, ProgramFiles, error) {
	if len(programs) == 0 {
		live, err := n.filesOf("")
		if err != nil {
			return nil, ProgramFiles{}, err
		}
		programs = live.Programs
	}
	at := slices.IndexFunc(programs, func(p ProgramFiles) bool { return p.ID == which })
	if which == "" && len(programs) == 1 {
		at = 0
	}
	if at < 0 {
		return nil, ProgramFiles{}, api.NotFound("program", "there is no program %q among them", which)
	}
	zones, err := n.zones()
	if err != nil {
		return nil, ProgramFiles{}, err
	}
	folder, problems := programdir.FolderOf(programdir.Files{Home: programs[at].ID, Texts: programs[at].Files})
	var p *program.Program
	if len(problems) == 0 {
		p, problems = program.ReadDraft(folder, zones)
	}
	if p == nil {
		x := programdir.Within(programs[at].ID, problems)[0]
		return nil, ProgramFiles{}, api.Refused(x.Pos.String(), x.What, x.Hint)
	}
	return p, programs[at], nil
}

// standardsIn compares programs with others of a request, or of a release.
type standardsIn struct {
	programsIn
	Since []ProgramFiles `json:"since" doc:"The same programs as they were, to tell what has changed since."`
	Than  string         `json:"than" doc:"A release to compare with, instead of since: live, a number, or how its id begins." example:"live"`
}

// Standards are where programs stand against the standards they are under.
type Standards struct {
	Programs []ProgramStanding `json:"programs"`
}

func (n *Node) compareStandards(_ context.Context, in standardsIn) (Standards, error) {
	rel, _, err := n.compiledOf(in.Programs)
	if err != nil {
		return Standards{}, err
	}
	var was *release.Release
	switch {
	case len(in.Since) > 0 && in.Than != "":
		return Standards{}, api.Refused("than", "it says twice what to compare with", "send since or than")
	case len(in.Since) > 0:
		was, _, err = n.compiledOf(in.Since)
	case in.Than != "":
		var files FilesOfPrograms
		if files, err = n.filesOf(in.Than); err == nil {
			was, _, err = n.compiledOf(files.Programs)
		}
	}
	if err != nil {
		return Standards{}, err
	}
	all, err := StandingsAgainst(rel, was)
	if err != nil {
		return Standards{}, api.Refused("than", err.Error(), "")
	}
	return Standards{all}, nil
}
