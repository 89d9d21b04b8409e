package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/decide"
	"attune/internal/evaluate"
	"attune/internal/explain"
	"attune/internal/population"
	"attune/internal/programdir"
	"attune/internal/simulate"
	"attune/internal/tables"
)

type evaluationIn struct {
	// Files holds what the folder of attune evaluate does.
	Files   map[string]string `json:"files" required:"" doc:"spec.json, which says what to evaluate, and the CSV files, each by its name." example:"{\"spec.json\":\"{\\\"task\\\": \\\"confidence_sequence\\\", \\\"alpha\\\": 0.05, \\\"tune_at\\\": 100, \\\"at\\\": [4]}\",\"stream.csv\":\"value\\n1\\n0\\n1\\n1\\n\"}"`
	Uploads []string          `json:"uploads" doc:"Files that were sent before (beginUpload), such as log.csv.gz, by their ids."`
}

// Evaluation is what came of an evaluation.
type Evaluation struct {
	// Answer is what attune evaluate writes: a list, whose elements depend on the task; docs/evaluate.md tells them. It is empty where there are problems.
	Answer   []json.RawMessage `json:"answer"`
	Problems []ProblemAt       `json:"problems"`
	// Notes are what one should know beside the answer.
	Notes []string `json:"notes"`
	// Files are those that it wrote, by their names: target.csv of a learned policy.
	Files map[string]string `json:"files"`
}

// engineIn is how the decision engine decides in a world of its own.
type engineIn struct {
	Policy   string   `json:"policy" doc:"learned, uniform, matched, none, or the name of an action that is said whenever it may be; learned where it does not say." example:"learned"`
	Prior    string   `json:"prior" doc:"What is expected of which intervention in which stage: standard, flat, or the text of a prior file (YAML)."`
	Seed     uint64   `json:"seed" doc:"Sets all that is drawn; 1 where it does not say." example:"7"`
	Explore  *float64 `json:"explore" doc:"The least share that is drawn evenly, at each level; 0.05 where it does not say."`
	Least    *float64 `json:"least" doc:"The least chance that something is said, where it may be; 0.1 where it does not say."`
	Most     *float64 `json:"most" doc:"The greatest; 0.9 where it does not say."`
	HalfLife *float64 `json:"half_life" doc:"After how many days what was seen weighs half; 60 where it does not say."`
	Cost     *float64 `json:"cost" doc:"What a message has to gain at least, as a change of the chance of the behaviour; 0.002 where it does not say."`
}

func (in *engineIn) config() (decide.Config, error) {
	cfg := decide.Defaults()
	cfg.Seed = max(1, in.Seed)
	if in.Policy != "" {
		cfg.Policy = in.Policy
	}
	for _, x := range []struct {
		given *float64
		to    *float64
	}{{in.Explore, &cfg.Explore}, {in.Least, &cfg.Least}, {in.Most, &cfg.Most}, {in.HalfLife, &cfg.HalfLife}, {in.Cost, &cfg.Cost}} {
		if x.given != nil {
			*x.to = *x.given
		}
	}
	var err error
	switch in.Prior {
	case "", "standard":
	case "flat":
		cfg.Matrix = decide.Flat()
	default:
		if cfg.Matrix, err = decide.ParseMatrix("prior", []byte(in.Prior)); err != nil {
			err = api.Refused("prior", err.Error(), "send standard, flat, or the text of a prior file")
		}
	}
	return cfg, err
}

type decisionsIn struct {
	engineIn
	// Lines are those that docs/decide.md describes.
	Lines []json.RawMessage `json:"lines" required:"" doc:"The lines of the world so far, each a JSON object: start, then decide and reward by turns, and end. docs/decide.md describes them." example:"[{\"type\":\"start\",\"actions\":[\"none\",\"inform:app\"],\"stages\":[\"contemplation\",\"action\"],\"patients\":1,\"days\":30,\"cap\":4,\"window_days\":7},{\"type\":\"decide\",\"day\":0,\"patients\":[{\"id\":0,\"stage\":\"contemplation\",\"app_user\":true,\"age\":61,\"recent_sends\":0,\"opted_out\":false}]}]"`
}

// Decided is what the engine decides, a line for each line of type decide.
type Decided struct {
	Answers []json.RawMessage `json:"answers"`
	// Over tells that the line of type end came, and Report is what was learned by then.
	Over   bool   `json:"over"`
	Report string `json:"report,omitempty"`
}

type populationIn struct {
	engineIn
	Theory   string   `json:"theory" doc:"What stage theory is worth: true, irrelevant, misleading, or none where nothing has an effect; true where it does not say." example:"true"`
	Patients int      `json:"patients" doc:"How many patients there are; 2000 where it does not say, 20000 at most." example:"100"`
	Days     int      `json:"days" doc:"How many days are lived; 90 where it does not say, 1100 at most." example:"10"`
	World    uint64   `json:"world_seed" doc:"Draws another world, other people and other luck; 1 where it does not say."`
	Cap      int      `json:"cap" doc:"How many messages somebody may get within the window; 4 where it does not say."`
	Window   int      `json:"window" doc:"How many days the window has; 7 where it does not say."`
	Wrong    *float64 `json:"wrong" doc:"The share of recorded stages that are wrong; 0.15 where it does not say."`
	Change   int      `json:"change" doc:"From which day on other messages help than before; 0 for never."`
}

type explanationIn struct {
	programsIn
	Program string `json:"program" required:"" doc:"Which of the programs." example:"diabetes"`
	File    string `json:"file" doc:"A file of it, such as signals.yaml; the whole program without it." example:"signals.yaml"`
	Part    string `json:"part" doc:"A thing in the file: a name, or a line."`
	livesIn
}

// livesIn says who lives in a simulation.
type livesIn struct {
	World  string `json:"world" doc:"The world's text, as world.yaml has it. Without it the first program's own, or one that is derived from the programs."`
	People int    `json:"people" doc:"How many people there are; 1000 where it does not say, 100000 at most." example:"50"`
	Days   int    `json:"days" doc:"How many days they are watched; 180 where it does not say, 1100 at most." example:"30"`
	Seed   int    `json:"seed" doc:"Draws other people."`
	Start  string `json:"start" doc:"The first day; 2027-01-01 where it does not say."`
}

func (n *Node) evaluateOperations() []api.Operation {
	const nobody = "people who do not exist"
	return []api.Operation{
		begun(explained(opOwn("evaluate", "POST /v1/jobs/evaluation", access.HistoryPlay, "", "a log that whoever asks has, and that is not kept", "Tell what a policy would have earned on a log, or what engaging changes in a trial.", n.beginEvaluation),
			"What is wrong in the files is told in the result, with file, line, column and remedy. The log is taken away when the job is over.")),
		begun(explained(opOwn("liveInPopulation", "POST /v1/jobs/population", access.SimulateRun, "", nobody, "Try the decision engine in a world of patients who do not exist.", n.beginPopulation),
			"attune population --against tries other engines, which are programs of the machine's.")),
		begun(opOwn("explainLived", "POST /v1/jobs/explanation", access.SimulateRun, "", nobody, "Say in plain words what a program or one of its rules means, and how often it fired among people who do not exist.", n.beginExplanation)),
		begun(opOwn("tellSimulated", "POST /v1/jobs/simulated-story", access.SimulateRun, "", nobody, "Tell the life of one of the people of a simulation.", n.beginSimulatedStory)),
		func() api.Operation {
			o := explained(opOwn("decide", "POST /v1/decisions", access.SimulateRun, "", nobody, "Let the decision engine decide in a world of yours.", decideLines),
				"It keeps nothing: send all lines so far each time. The same seed and the same lines give the same answers, so that the newest is the last one. Nothing is said to anybody by it.")
			o.MaxBody = 16 << 20
			return o
		}(),
		func() api.Operation {
			o := explained(opOwn("deriveWorld", "POST /v1/worlds", access.SimulateRun, "", nobody, "Write a world from the programs' rules, to go on from.",
				func(_ context.Context, in struct {
					programsIn
					Days int `json:"days" doc:"How many days it is made for; 180 where it does not say." example:"180"`
				},
				) (WorldText, error) {
					if in.Days == 0 {
						in.Days = 180
					}
					if in.Days < 1 || in.Days > 1100 {
						return WorldText{}, api.Refused("days", "a simulation over the API has 1 to 1100 days", "")
					}
					rel, _, err := n.compiledOf(in.Programs)
					if err != nil {
						return WorldText{}, err
					}
					return WorldText{simulate.Derive(in.Days, rel)}, nil
				}), "Its numbers are guesses, which the team replaces by its own.")
			o.MaxBody = maxPrograms
			return o
		}(),
		explained(opOwn("readJobReport", "GET /v1/jobs/{job}/report", access.OwnAccount, "", "numbers; that everybody's history was read for them was recorded when the job began", "Give a job's result as a page that needs nothing else.", n.jobReport),
			"Simulations, backtests and reports on learning have one."),
		explained(opOwn("readJobTables", "GET /v1/jobs/{job}/tables", access.OwnAccount, "", "numbers; that everybody's history was read for them was recorded when the job began", "Give a job's result as tables: each list of it as CSV and as Parquet, in a zip file.", n.jobTables),
			"What stands in no list is in the table whole. The result itself is in the file, too."),
		explained(opOwn("writeJob", "GET /v1/jobs/{job}/paper", access.OwnAccount, "", "numbers; that everybody's history was read for them was recorded when the job began", "Write what a simulation or a backtest came to as a document (PDF).", n.jobPaper),
			"What was tried, what its numbers are worth, and the numbers of each version beside each other, those with an interval with it."),
	}
}

// WorldText is a world, as world.yaml has it.
type WorldText struct {
	Text string `json:"text"`
}

// fileName is what a file of an evaluation may be called.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.(json|csv|csv\.gz)$`)

func (n *Node) beginEvaluation(ctx context.Context, in evaluationIn) (Job, error) {
	for name := range in.Files {
		if !fileName.MatchString(name) {
			return Job{}, api.Refused("files", "a file cannot be called that", "call them spec.json and such as log.csv")
		}
	}
	if _, there := in.Files["spec.json"]; !there && len(in.Uploads) == 0 {
		return Job{}, api.Refused("files", "there is no spec.json", "it says what to evaluate; docs/evaluate.md shows all")
	}
	dir, err := os.MkdirTemp("", "attune-evaluation-")
	if err != nil {
		return Job{}, err
	}
	for name, text := range in.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return Job{}, errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := n.uploads.into(ctx, dir, in.Uploads); err != nil {
		return Job{}, errors.Join(err, os.RemoveAll(dir))
	}
	job, err := n.jobs.begin(ctx, "evaluation", access.HistoryPlay, n.Wall, func(ctx context.Context, progress func(int, int)) (any, error) {
		defer os.RemoveAll(dir)
		return evaluated(ctx, dir, slices.Collect(maps.Keys(in.Files)), progress)
	})
	if err != nil {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return job, err
}

// evaluated evaluates a folder. Files that were not given are its own.
func evaluated(ctx context.Context, dir string, given []string, progress func(int, int)) (out Evaluation, err error) {
	before, err := os.ReadDir(dir)
	if err != nil {
		return out, err
	}
	for _, f := range before {
		given = append(given, f.Name())
	}
	var answer bytes.Buffer
	var mu sync.Mutex
	problems, err := evaluate.Run(ctx, evaluate.Config{
		Dir: dir, Out: &answer,
		Note: func(note string) {
			mu.Lock()
			defer mu.Unlock()
			out.Notes = append(out.Notes, note)
		},
		Progress: func(_ string, rows int) { progress(rows, 0) },
	})
	if err != nil {
		return out, err
	}
	for k := range problems {
		problems[k].Pos.File = strings.TrimPrefix(strings.TrimPrefix(problems[k].Pos.File, filepath.ToSlash(dir)), "/")
	}
	out.Problems, out.Answer, out.Files = ProblemsAt(problems), []json.RawMessage{}, map[string]string{}
	if len(problems) > 0 {
		return out, nil
	}
	if err := json.Unmarshal(answer.Bytes(), &out.Answer); err != nil {
		return out, fmt.Errorf("read the answer: %w", err)
	}
	after, err := os.ReadDir(dir)
	if err != nil {
		return out, err
	}
	for _, f := range after {
		if slices.Contains(given, f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return out, err
		}
		out.Files[f.Name()] = string(text)
	}
	return out, nil
}

func decideLines(ctx context.Context, in decisionsIn) (Decided, error) {
	cfg, err := in.config()
	if err != nil {
		return Decided{}, err
	}
	var lines, answers, report bytes.Buffer
	for _, l := range in.Lines {
		lines.Write(l)
		lines.WriteByte('\n')
	}
	err = decide.Serve(ctx, cfg, &lines, &answers, &report)
	fault, wrong := errors.AsType[*decide.Fault](err)
	switch {
	case wrong && fault.Unfinished && len(in.Lines) > 0:
	case wrong:
		return Decided{}, api.Refused(fmt.Sprintf("lines[%d]", fault.Line-1), fault.Err.Error(), "docs/decide.md describes the lines")
	case err != nil:
		return Decided{}, err
	}
	out := Decided{Answers: []json.RawMessage{}, Over: err == nil, Report: report.String()}
	for l := range bytes.Lines(answers.Bytes()) {
		out.Answers = append(out.Answers, json.RawMessage(bytes.TrimSpace(l)))
	}
	return out, nil
}

func (n *Node) beginPopulation(ctx context.Context, in populationIn) (Job, error) {
	engine, err := in.config()
	if err != nil {
		return Job{}, err
	}
	switch {
	case in.Patients < 0 || in.Patients > 20_000:
		return Job{}, api.Refused("patients", "a population over the API has 1 to 20000 patients", "attune population takes more")
	case in.Days < 0 || in.Days > 1100:
		return Job{}, api.Refused("days", "a population over the API lives 1 to 1100 days", "attune population takes more")
	case in.Theory != "" && !slices.Contains(population.Theories(), in.Theory):
		return Job{}, api.Refused("theory", "there is no such theory", "it is one of "+strings.Join(population.Theories(), ", "))
	}
	cfg := population.Config{Theory: in.Theory, Patients: in.Patients, Days: in.Days, Seed: max(1, in.World), Cap: in.Cap, Window: in.Window, Change: in.Change}
	if in.Wrong != nil {
		if cfg.Wrong = *in.Wrong; cfg.Wrong == 0 {
			cfg.Wrong = -1 // none, and not the usual share
		}
	}
	return n.jobs.begin(ctx, "population", access.SimulateRun, n.Wall, func(ctx context.Context, _ func(int, int)) (any, error) {
		return livedWith(ctx, cfg, engine)
	})
}

// livedWith lets a world live against the engine, each at one end of the lines.
func livedWith(ctx context.Context, cfg population.Config, engine decide.Config) (*population.Result, error) {
	toEngine, fromWorld := io.Pipe()
	toWorld, fromEngine := io.Pipe()
	var deciding sync.WaitGroup
	var decided error
	deciding.Go(func() {
		decided = decide.Serve(ctx, engine, toEngine, fromEngine, io.Discard)
		toEngine.CloseWithError(io.ErrClosedPipe)
		fromEngine.CloseWithError(io.EOF)
	})
	r, err := population.Run(ctx, cfg, toWorld, fromWorld)
	fromWorld.CloseWithError(io.EOF)
	toWorld.CloseWithError(io.ErrClosedPipe)
	deciding.Wait()
	if decided != nil {
		err = decided // the world only says that nobody answers
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// simulation makes ready what a simulation needs.
func (n *Node) simulation(programs, compare []ProgramFiles, in livesIn) (simulate.Config, error) {
	var cfg simulate.Config
	or := func(x, usual int) int {
		if x == 0 {
			return usual
		}
		return x
	}
	in.People, in.Days = or(in.People, 1000), or(in.Days, 180)
	switch {
	case in.People < 1 || in.People > 100_000:
		return cfg, api.Refused("people", "a simulation over the API has 1 to 100000 people", "attune simulate takes more")
	case in.Days < 1 || in.Days > 1100:
		return cfg, api.Refused("days", "a simulation over the API has 1 to 1100 days", "attune simulate takes more")
	case in.Seed < 0:
		return cfg, api.Refused("seed", "it is less than 0", "")
	case in.Start == "":
		in.Start = "2027-01-01"
	}
	day, ok := instant.ParseDate(in.Start)
	if !ok {
		return cfg, api.Refused("start", "it is no day", "write it as 2027-01-01")
	}
	cfg = simulate.Config{People: in.People, Days: in.Days, Seed: uint64(in.Seed), Start: instant.Time(day.Days() * int64(instant.Day)), Workers: 1} // the server has other things to do
	var files []ProgramFiles
	var err error
	if cfg.Release, files, err = n.compiledOf(programs); err != nil {
		return cfg, err
	}
	releases := []*release.Release{cfg.Release}
	if len(compare) > 0 {
		if cfg.Other, _, err = n.compiledOf(compare); err != nil {
			return cfg, err
		}
		releases = append(releases, cfg.Other)
	}
	text := in.World
	if text == "" {
		text = files[0].Files[program.World]
	}
	if text == "" {
		if cfg.World, err = simulate.Derived(cfg.Days, releases...); err != nil {
			return cfg, api.Refused("world", err.Error(), "")
		}
		return cfg, nil
	}
	world, problems := simulate.Read(program.World, []byte(text), releases...)
	if world == nil {
		return cfg, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	cfg.World = world
	return cfg, nil
}

func (n *Node) beginSimulatedStory(ctx context.Context, in struct {
	programsIn
	livesIn
	Key string `json:"key" required:"" doc:"Whose: people are called p000001 and so on. The result of a simulation names some." example:"p000001"`
},
) (Job, error) {
	cfg, err := n.simulation(in.Programs, nil, in.livesIn)
	if err != nil {
		return Job{}, err
	}
	var of int
	if _, err := fmt.Sscanf(in.Key, "p%d", &of); err != nil || of < 1 || of > cfg.People || simulate.Key(of-1) != in.Key {
		return Job{}, api.Refused("key", "there is nobody called that", "people are called "+simulate.Key(0)+" to "+simulate.Key(cfg.People-1))
	}
	return n.jobs.begin(ctx, "simulated-story", access.SimulateRun, n.Wall, func(context.Context, func(int, int)) (any, error) { return simulate.Story(cfg, in.Key) })
}

func (n *Node) beginExplanation(ctx context.Context, in explanationIn) (Job, error) {
	if _, err := n.explain(in.Programs, in.Program, in.File, in.Part); err != nil {
		return Job{}, err // what cannot be found is told before anybody is simulated
	}
	_, files, err := n.compiledOf(in.Programs)
	if err != nil {
		return Job{}, err
	}
	at := slices.IndexFunc(files, func(f ProgramFiles) bool { return f.ID == in.Program })
	cfg, err := n.simulation(files[at:at+1], nil, in.livesIn)
	if err != nil {
		return Job{}, err
	}
	return n.jobs.begin(ctx, "explanation", access.SimulateRun, n.Wall, func(ctx context.Context, progress func(int, int)) (any, error) {
		cfg.Progress = func(people int) { progress(people, cfg.People) }
		counted, err := simulate.Run(ctx, cfg)
		if err != nil {
			return nil, err
		}
		folder, problems := programdir.FolderOf(programdir.Files{Home: in.Program, Texts: files[at].Files})
		if len(problems) > 0 {
			return nil, errors.New(problems[0].String())
		}
		x, problem := explain.New(cfg.Release, folder, counted).Find(in.File, in.Part)
		if problem != nil {
			return nil, errors.New(problem.String())
		}
		return x, nil
	})
}

func (n *Node) jobReport(ctx context.Context, in jobIn) (api.Text, error) {
	x, err := n.jobs.done(ctx, in.Job)
	if err == nil && x.page == nil {
		err = api.NotFound("job", "a job of the kind %s has no page", x.Kind)
	}
	return api.Text{Type: "text/html; charset=utf-8", Body: x.page}, err
}

func (n *Node) jobPaper(ctx context.Context, in jobIn) (api.Text, error) {
	x, err := n.jobs.done(ctx, in.Job)
	if err == nil && x.sheets == nil {
		err = api.NotFound("job", "a job of the kind %s is not written as a document", x.Kind)
	}
	return api.Text{Type: pdfType, Body: x.sheets}, err
}

func (n *Node) jobTables(ctx context.Context, in jobIn) (api.Text, error) {
	x, err := n.jobs.done(ctx, in.Job)
	if err != nil {
		return api.Text{}, err
	}
	var b bytes.Buffer
	err = tables.ZipResult(&b, x.result)
	return api.Text{Type: "application/zip", Body: b.Bytes()}, err
}

// keyOperations are about keys that letters and the audit log are signed with.
func (n *Node) keyOperations() []api.Operation {
	return []api.Operation{
		explained(opOwn("readMailRecords", "GET /v1/email/records", access.SettingsRead, "", "what stands in the DNS, for everybody", "Look whether the keys for e-mail load, and show what has to stand in the DNS.",
			func(context.Context, api.Nothing) ([]DNSRecord, error) {
				if n.MailRecords == nil {
					return nil, api.Refused("", "no e-mail is sent from here", "docs/channels.md tells how to set it up")
				}
				return n.MailRecords()
			}), "Only the public halves of keys are in it."),
		explained(created(opCall(n, "addMailKey", "POST /v1/email/keys", access.KeysManage, callMailKey, "Make a key that e-mails are signed with (DKIM).",
			func(ctx context.Context, in mailKeyCall, ask func(context.Context, mailKeyCall) (MailKey, error)) (MailKey, error) {
				return ask(ctx, in)
			})), "The private half stays on the machine, in the data folder's keys. Put the setting that is answered into attune.yaml, publish what readMailRecords shows, and start the server anew."),
		opOwn("readAuditKey", "GET /v1/audit/key", access.AuditRead, "", "a public key", "Show the public key by which others verify the audit log.",
			func(context.Context, api.Nothing) (AuditKey, error) {
				text, err := os.ReadFile(PublicKeyPath(n.Data))
				if errors.Is(err, fs.ErrNotExist) {
					return AuditKey{}, api.NotFound("key", "there is no key yet: it is made when something is first recorded")
				}
				return AuditKey{strings.TrimSpace(string(text))}, err
			}),
		explained(opCall(n, "rotateAuditKey", "POST /v1/audit/key/rotation", access.KeysManage, callRotate, "Let another key sign the audit log from now on.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (AuditKey, error)) (AuditKey, error) {
				return ask(ctx, nothing{})
			}), "The old key signs a checkpoint that names the new one, and nothing afterwards."),
	}
}

const (
	callMailKey = "email/key"
	callRotate  = "audit/rotate"
)

type mailKeyCall struct {
	Kind string `json:"kind" required:"" doc:"rsa, which everybody checks, or ed25519." example:"ed25519"`
}

// MailKey is a key that was made for signing letters.
type MailKey struct {
	Kind string `json:"kind"`
	// File is where its private half is, on the server's machine, and Setting the line of attune.yaml that names it.
	File    string `json:"file"`
	Setting string `json:"setting"`
}

// AuditKey is the public key that the audit log is signed by: Ed25519, as 64 hexadecimal digits.
type AuditKey struct {
	Key string `json:"key"`
}

// keyCalls say what is recorded of making keys.
func keyCalls() map[string]declared {
	return map[string]declared{
		callMailKey: as(audit.KeyMade, func(in mailKeyCall, _ MailKey) about {
			return about{object: &audit.Object{Kind: "email", ID: in.Kind}}
		}),
		callRotate: as(audit.KeyMade, func(nothing, AuditKey) about { return about{object: &audit.Object{Kind: "audit", ID: "log"}} }),
	}
}

func (n *Node) handleKeys() {
	offer(n, callMailKey, func(_ context.Context, in mailKeyCall) (MailKey, error) {
		if in.Kind != "rsa" && in.Kind != "ed25519" {
			return MailKey{}, api.Refused("kind", "it has to be rsa or ed25519", "")
		}
		file, err := filepath.Abs(filepath.Join(n.Data, keysIn, "dkim-"+in.Kind+"-"+n.Wall().Std().Format("20060102-150405")+".pem"))
		if err != nil {
			return MailKey{}, err
		}
		if err := MakeMailKey(in.Kind, file); err != nil {
			return MailKey{}, err
		}
		return MailKey{in.Kind, file, fmt.Sprintf("email: {dkim_%s_key_file: %q}", in.Kind, file)}, nil
	})
	offer(n, callRotate, func(context.Context, nothing) (AuditKey, error) {
		key, err := n.audit.log.Rotate()
		return AuditKey{key}, err
	})
}
