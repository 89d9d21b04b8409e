package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	origin "attune/core/source"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/explain"
	"attune/internal/programdir"
	"attune/internal/storytest"
)

// ProgramFiles are a program's files.
type ProgramFiles struct {
	ID string `json:"id" required:"" doc:"The program's id, which is its folder's name." example:"diabetes"`
	// Files holds each file's text by its path in the folder.
	Files map[string]string `json:"files" required:"" doc:"Each file's text, by its path within the folder, such as map.yaml."`
}

// FilesOfPrograms are the files of programs that are live together.
type FilesOfPrograms struct {
	Release  string         `json:"release"`
	Number   int            `json:"number"`
	Programs []ProgramFiles `json:"programs"`
}

// Tag implements the API's versions: a release is named by its content. The number of its publication is not part of it.
func (f FilesOfPrograms) Tag() string { return f.Release }

// Tag implements the API's versions.
func (r Release) Tag() string { return r.Release }

type programsIn struct {
	Programs []ProgramFiles `json:"programs" doc:"The programs' files; those that are live without them."`
}

// Checked is what came of checking programs.
type Checked struct {
	Valid bool `json:"valid"`
	// Release is what they would be published as.
	Release  string        `json:"release,omitempty"`
	Problems []ProblemAt   `json:"problems"`
	Warnings []ProblemAt   `json:"warnings"`
	Plan     *Plan         `json:"plan,omitempty"`
	Stories  []StoryResult `json:"stories"`
}

// ProblemAt is something wrong in a file, and what to write instead.
type ProblemAt struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	What   string `json:"what"`
	Hint   string `json:"hint,omitempty"`
}

// StoryResult is whether a golden story still goes as it is written.
type StoryResult struct {
	Program string `json:"program"`
	Story   string `json:"story"`
	OK      bool   `json:"ok"`
	// Difference is where it goes another way.
	Difference string `json:"difference,omitempty"`
}

// ProblemsAt writes problems for scripts.
func ProblemsAt(list []origin.Problem) []ProblemAt {
	out := []ProblemAt{}
	for _, p := range list {
		out = append(out, ProblemAt{p.Pos.File, p.Pos.Line, p.Pos.Column, p.What, p.Hint})
	}
	return out
}

const maxPrograms = 64 << 20 // bytes of a request that carries programs

func foldersOf(programs []ProgramFiles) (out []programdir.Files) {
	for _, p := range programs {
		out = append(out, programdir.Files{Home: p.ID, Texts: p.Files})
	}
	return out
}

// given compiles the programs of a request, or takes those that are live.
func (n *Node) given(programs []ProgramFiles) (*release.Release, []ProgramFiles, []origin.Problem, error) {
	if len(programs) == 0 {
		live, err := n.filesOf("")
		return n.live(), live.Programs, nil, err
	}
	zones, err := n.zones()
	if err != nil {
		return nil, nil, nil, err
	}
	rel, problems := programdir.Compile(zones, foldersOf(programs)...)
	return rel, programs, problems, nil
}

// filesOf reads the files of a release: its number, its id or how that begins; the live one without a name.
func (n *Node) filesOf(name string) (out FilesOfPrograms, err error) {
	a, err := openArchive(n.Data)
	if err != nil {
		return out, err
	}
	p := a.live()
	if name != "" && name != "live" {
		if p, err = a.find(name); err != nil {
			return out, api.NotFound("release", "%v", err)
		}
	}
	all, err := a.files(p)
	if err != nil {
		return out, err
	}
	out.Release, out.Number = p.Release, p.Number
	for i := range all {
		out.Programs = append(out.Programs, ProgramFiles{p.Programs[i].ID, all[i].Texts})
	}
	return out, nil
}

// version makes sure that a change names the release that is live.
func (n *Node) version(ifMatch string) error {
	p, _ := n.Live()
	if ifMatch == "" {
		return api.VersionNeeded(`"` + p.Release + `"`)
	}
	if api.Matches(ifMatch, p.Release) {
		return nil
	}
	current, err := n.filesOf("live")
	if err != nil {
		return err
	}
	yours, err := n.filesOf(strings.Trim(ifMatch, `" `))
	if err != nil {
		return api.Changed(nil, current)
	}
	return api.Changed(yours, current)
}

type withVersion struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the release that you want to change: readRelease of live tells it."`
}

func (n *Node) releaseOperations() []api.Operation {
	big := func(o api.Operation) api.Operation {
		o.MaxBody = maxPrograms
		return o
	}
	return []api.Operation{
		opRead(n, "listReleases", "GET /v1/releases", access.ProgramRead, "Releases", "List what was published, the newest first, and how many people live under it.",
			func(ctx context.Context, i *Inspector, in api.Page) (out api.List[Release], err error) {
				all, err := i.Releases(ctx)
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(r *Release) string { return r.Release + " " + r.At })
			}),
		explained(opOwn("readRelease", "GET /v1/releases/{release}/files", access.ProgramRead, "", "files of programs, which tell of nobody", "Give the files of a release back, byte for byte.",
			func(_ context.Context, in struct {
				Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
			},
			) (FilesOfPrograms, error) {
				return n.filesOf(in.Release)
			}), "The ETag is what a change has to name in If-Match."),
		big(explained(opOwn("checkPrograms", "POST /v1/programs/check", access.ProgramCheck, "", "files of programs, which tell of nobody", "Check programs' files, tell their stories, and see what publishing them would change.",
			func(ctx context.Context, in struct {
				programsIn
				On string `json:"on" doc:"The day as of which to check what runs out, such as references; today without it."`
			},
			) (Checked, error) {
				return n.check(ctx, in.Programs, in.On)
			}), "Every problem is told with its file, line and column, and what to write instead. Nothing is kept.")),
		big(explained(created(opCall(n, "publish", "POST /v1/releases", access.ProgramPublish, callPublish, "Put programs live, for people who live under the former ones too.",
			func(ctx context.Context, in struct {
				withVersion
				Programs        []ProgramFiles `json:"programs" required:"" doc:"The programs' files: all that are to be live."`
				IncludeExisting bool           `json:"include_existing" doc:"What was so already counts as news."`
			}, ask func(context.Context, publishCall) (written, error),
			) (Published, error) {
				if err := n.version(in.IfMatch); err != nil {
					return Published{}, err
				}
				return n.putLive(ctx, in.Programs, in.IncludeExisting, ask)
			})), "If-Match has to name the live release; where somebody else published since, both versions are answered with 412. Who signed a text of these programs may not publish them.")),
		explained(created(opCall(n, "undoRelease", "POST /v1/releases/undo", access.ProgramPublish, callUndo, "Put the former release live again, within fifteen minutes.",
			func(ctx context.Context, in withVersion, ask func(context.Context, nothing) (written, error)) (Published, error) {
				if err := n.version(in.IfMatch); err != nil {
					return Published{}, err
				}
				w, err := ask(ctx, nothing{})
				return Published{w.Number, w.Release, w.At, w.Undoes}, err
			})), "If-Match has to name the live release."),
		opOwn("listPrograms", "GET /v1/programs", access.ProgramRead, "", "programs, which tell of nobody", "List the live programs: their maps, journeys, engagements and audiences.",
			func(context.Context, api.Nothing) ([]ProgramShown, error) {
				out := []ProgramShown{}
				for _, p := range n.live().Programs {
					out = append(out, showProgram(p))
				}
				return out, nil
			}),
		big(explained(opOwn("explain", "POST /v1/programs/explain", access.ProgramRead, "", "programs, which tell of nobody", "Say in plain words what a program or one of its rules means.",
			func(_ context.Context, in struct {
				programsIn
				Program string `json:"program" required:"" doc:"Which of the programs."`
				File    string `json:"file" doc:"A file of it, such as signals.yaml; the whole program without it."`
				Part    string `json:"part" doc:"A thing in the file: a name, or a line."`
			},
			) (*explain.Explanation, error) {
				return n.explain(in.Programs, in.Program, in.File, in.Part)
			}), "attune explain also counts how often it fired among people who do not exist; here simulate tells that.")),
		opOwn("listEvents", "GET /v1/events", access.ProgramRead, "", "the same for everybody", "List the events that rules may use, as a JSON Schema.",
			func(context.Context, api.Nothing) (api.Text, error) {
				text, err := n.catalogue().Schema()
				return api.Text{Type: "application/schema+json", Body: text}, err
			}),
		opOwn("listModels", "GET /v1/models", access.ProgramRead, "", "what was learned of many; nobody can be told in it", "List what was learned, oldest first, and what changed by it.",
			func(context.Context, api.Nothing) ([]Made, error) {
				all, err := ModelsIn(n.Data)
				if all == nil {
					all = []Made{}
				}
				return all, err
			}),
	}
}

// Published is a release that was put live.
type Published struct {
	Number  int    `json:"number"`
	Release string `json:"release"`
	At      string `json:"published"`
	Undoes  int    `json:"undoes,omitempty"`
}

// Tag implements the API's versions.
func (p Published) Tag() string { return p.Release }

// putLive puts programs live, if they are programs and whoever asks may.
func (n *Node) putLive(ctx context.Context, programs []ProgramFiles, includeExisting bool, ask func(context.Context, publishCall) (written, error)) (Published, error) {
	rel, _, problems, err := n.given(programs)
	if err != nil {
		return Published{}, err
	}
	if rel == nil {
		p := problems[0]
		return Published{}, api.Refused(p.Pos.String(), p.What, p.Hint)
	}
	if err := n.mayPublish(ctx, rel); err != nil {
		return Published{}, err
	}
	call := publishCall{Release: rel.ID, IncludeExisting: includeExisting}
	for _, p := range programs {
		files := programFiles{ID: p.ID, Files: map[string][]byte{}}
		for path, text := range p.Files {
			files.Files[path] = []byte(text)
		}
		call.Programs = append(call.Programs, files)
	}
	w, err := ask(ctx, call)
	return Published{w.Number, w.Release, w.At, w.Undoes}, err
}

// mayPublish refuses who signed a text of the programs: who reviews does not publish.
func (n *Node) mayPublish(ctx context.Context, rel *release.Release) error {
	who, err := n.somebodyHere(ctx, by(ctx))
	if err != nil { // a token: it publishes what people signed, and is told from them by its name
		who = somebody{names: []string{by(ctx)}}
	}
	for _, p := range rel.Programs {
		for _, s := range p.Standings {
			for _, a := range s.Given {
				if who.same(somebody{names: []string{a.By, a.Approver.Name}}) {
					return api.Refused("programs", "you signed a text of "+p.ID+" yourself", "somebody else has to publish it")
				}
			}
		}
	}
	return nil
}

// tellStories tells each story of programs, each program by itself: how it differs from what it says, as it goes now, and what is wrong with it.
func (n *Node) tellStories(files []ProgramFiles, told func(program, path, difference, now string, err error)) error {
	for _, f := range files {
		alone, _, _, err := n.given([]ProgramFiles{f})
		if err != nil {
			return err
		}
		for _, path := range slices.Sorted(maps.Keys(f.Files)) {
			if alone != nil && strings.HasPrefix(path, program.Stories) {
				difference, now, err := storytest.Check(alone, f.Files[path])
				told(f.ID, path, difference, now, err)
			}
		}
	}
	return nil
}

// retell writes stories as they go now. A program with problems tells none.
func (n *Node) retell(d *Draft, which []StoryNamed) (string, error) {
	rel, files, problems, err := n.given(d.Programs)
	if err != nil {
		return "", err
	}
	if rel == nil {
		return "", api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	var done []string
	found := 0
	err = n.tellStories(files, func(program, path, difference, now string, err error) {
		named := slices.Contains(which, StoryNamed{program, path})
		if named {
			found++
		}
		if err == nil && difference != "" && (named || len(which) == 0) {
			if own, is := d.files(program); is == nil {
				own[path] = now
				done = append(done, "retold "+program+"/"+path)
			}
		}
	})
	if err != nil {
		return "", err
	}
	if found < len(which) {
		return "", api.NotFound("stories", "the draft does not have all of these stories")
	}
	return strings.Join(done, ", "), nil
}

func (n *Node) check(ctx context.Context, programs []ProgramFiles, day string) (Checked, error) {
	on := n.Wall()
	if day != "" {
		d, ok := instant.ParseDate(day)
		if !ok {
			return Checked{}, api.Refused("on", "it is no day", "write it as 2028-01-31")
		}
		on = instant.Time(d.Days() * int64(instant.Day))
	}
	rel, files, problems, err := n.given(programs)
	if err != nil {
		return Checked{}, err
	}
	out := Checked{Problems: []ProblemAt{}, Warnings: []ProblemAt{}, Stories: []StoryResult{}}
	if rel == nil {
		out.Problems = ProblemsAt(problems)
		return out, nil
	}
	out.Release = rel.ID
	for i, p := range rel.Programs {
		out.Problems = append(out.Problems, ProblemsAt(programdir.Within(files[i].ID, p.Outdated(on)))...)
		out.Warnings = append(out.Warnings, ProblemsAt(programdir.Within(files[i].ID, p.Warnings))...)
	}
	out.Valid = len(out.Problems) == 0
	err = n.tellStories(files, func(program, path, difference, _ string, err error) {
		if err != nil {
			difference = err.Error()
		}
		out.Stories = append(out.Stories, StoryResult{Program: program, Story: path, OK: difference == "", Difference: difference})
	})
	if err != nil {
		return out, err
	}
	i, err := n.inspector(ctx)
	if err != nil {
		return out, err
	}
	plan, err := i.Plan(ctx, rel)
	out.Plan = &plan
	return out, err
}

func (n *Node) explain(programs []ProgramFiles, which, file, part string) (*explain.Explanation, error) {
	_, files, _, err := n.given(programs)
	if err != nil {
		return nil, err
	}
	is, err := programAmong(files, which)
	if err != nil {
		return nil, err
	}
	rel, _, problems, err := n.given([]ProgramFiles{is})
	if err != nil {
		return nil, err
	}
	if rel == nil {
		p := problems[0]
		return nil, api.Refused(p.Pos.String(), p.What, p.Hint)
	}
	folder, problems := programdir.FolderOf(programdir.Files{Home: which, Texts: is.Files})
	if len(problems) > 0 {
		p := problems[0]
		return nil, api.Refused(p.Pos.String(), p.What, p.Hint)
	}
	x, problem := explain.New(rel, folder, nil).Find(file, part)
	if problem != nil {
		return nil, api.NotFound("part", "%s", problem.String())
	}
	return x, nil
}

// ProgramShown is a program: its map, and what runs in it.
type ProgramShown struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Languages    []string           `json:"languages"`
	Phases       []PhaseShown       `json:"phases"`
	Stakeholders []StakeholderShown `json:"stakeholders"`
	Moments      []MomentShown      `json:"moments"`
	Journeys     []Named            `json:"journeys"`
	Audiences    []string           `json:"audiences"`
	Behaviors    []string           `json:"behaviors"`
	Outcomes     []string           `json:"outcomes"`
	Engagements  []EngagementShown  `json:"engagements"`
	Texts        []TextShown        `json:"texts"`
}

// Named is something with a name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// PhaseShown is a column of the map.
type PhaseShown struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Says is the phase in the person's own words.
	Says string `json:"says,omitempty"`
}

// StakeholderShown is a lane of the map.
type StakeholderShown struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// MomentShown is a card of the map.
type MomentShown struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Phase string `json:"phase"`
	// By is the lane, and To the lane that something is handed over to.
	By string `json:"by"`
	To string `json:"to,omitempty"`
	// Guess tells that nothing shows yet that it happens.
	Guess   bool     `json:"guess"`
	Need    string   `json:"need,omitempty"`
	Feeling string   `json:"feeling,omitempty"`
	Respond []string `json:"respond"`
}

// EngagementShown is something that may be said.
type EngagementShown struct {
	ID       string   `json:"id"`
	Purpose  string   `json:"purpose"`
	Theme    string   `json:"theme,omitempty"`
	Behavior string   `json:"behavior,omitempty"`
	Outcome  string   `json:"outcome,omitempty"`
	Audience string   `json:"audience,omitempty"`
	Value    float64  `json:"value"`
	Variants []string `json:"variants"`
}

// TextShown is a text, and how far it is approved.
type TextShown struct {
	Name     string `json:"name"`
	Channel  string `json:"channel"`
	Language string `json:"language"`
	Hash     string `json:"hash"`
	// Approved are the roles in which it is approved.
	Approved []string `json:"approved"`
}

func showProgram(p *program.Program) ProgramShown {
	out := ProgramShown{ID: p.ID, Name: p.Name, Languages: p.Languages}
	for i := range p.Map.Phases {
		x := &p.Map.Phases[i]
		out.Phases = append(out.Phases, PhaseShown{x.ID, x.Name, x.Says})
	}
	for i := range p.Map.Stakeholders {
		x := &p.Map.Stakeholders[i]
		out.Stakeholders = append(out.Stakeholders, StakeholderShown{x.ID, x.Name, x.Kind})
	}
	for i := range p.Map.Moments {
		x := &p.Map.Moments[i]
		out.Moments = append(out.Moments, MomentShown{x.ID, x.Name, x.Phase, x.By, x.To, x.Seen.IsZero(), x.Need, x.Feeling, x.Respond})
	}
	for i := range p.Journeys {
		out.Journeys = append(out.Journeys, Named{p.Journeys[i].ID, p.Journeys[i].Name})
	}
	for i := range p.Audiences {
		out.Audiences = append(out.Audiences, p.Audiences[i].ID)
	}
	for i := range p.Behaviors {
		out.Behaviors = append(out.Behaviors, p.Behaviors[i].ID)
	}
	for i := range p.Outcomes {
		out.Outcomes = append(out.Outcomes, p.Outcomes[i].ID)
	}
	for i := range p.Engagements {
		x := &p.Engagements[i]
		e := EngagementShown{ID: x.ID, Purpose: x.Purpose, Theme: x.Theme, Behavior: x.Behavior, Outcome: x.Outcome, Audience: x.Audience, Value: x.Value}
		for k := range x.Variants {
			e.Variants = append(e.Variants, x.Variants[k].ID)
		}
		out.Engagements = append(out.Engagements, e)
	}
	for i, t := range p.Content {
		out.Texts = append(out.Texts, TextShown{t.Name, t.Channel, t.Language, t.Hash, approvedBy(&p.Standings[i])})
	}
	return out
}

// approvedBy names the roles in which a text is approved.
func approvedBy(s *program.Standing) []string {
	out := []string{}
	for _, g := range s.Given {
		out = append(out, g.Role)
	}
	return out
}
