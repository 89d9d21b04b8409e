package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/simulate"
)

// tryIn names versions that stand on the server, so that nobody has to send their files.
type tryIn struct {
	Name string   `json:"name" doc:"What the trial is called among the jobs."`
	Try  string   `json:"try" doc:"Instead of programs: live, a publication's number, how a release's id begins, or draft/ and a draft's id."`
	Only []string `json:"only" doc:"Of what try and beside name, only the programs of these ids; all without it."`
}

type simulationIn struct {
	programsIn
	tryIn
	Compare []ProgramFiles `json:"compare" doc:"Another version of the programs, for the same people."`
	Beside  string         `json:"beside" doc:"Instead of compare: named as in try."`
	livesIn
}

type backtestIn struct {
	programsIn
	tryIn
	Against         string `json:"against" doc:"What it is held against: live, a publication's number, or how a release's id begins; what is live without it."`
	Model           string `json:"model" doc:"How a model's id begins, or none for what is expected before anything is learned."`
	From            string `json:"from" doc:"Where the window begins; the history's beginning without it."`
	To              string `json:"to" doc:"Where it ends; the history's end without it."`
	IncludeExisting bool   `json:"include_existing" doc:"What was so already counts as news."`
}

type jobIn struct {
	Job string `path:"job" doc:"Its id."`
}

// begun is an operation that begins a job.
func begun(o api.Operation) api.Operation {
	o.Status, o.MaxBody = 202, maxPrograms
	o.Details = strings.TrimSpace("It answers at once with the job. readJob tells how far it is, readJobResult what came of it, and stopJob ends it. Two run at a time; a job is forgotten when the server stops. " + o.Details)
	return o
}

func (n *Node) jobOperations() []api.Operation {
	return []api.Operation{
		begun(opOwn("simulate", "POST /v1/jobs/simulation", access.SimulateRun, "", "people who do not exist", "Let people who do not exist live under programs.", n.beginSimulation)),
		begun(opOwn("backtest", "POST /v1/jobs/backtest", access.HistoryPlay, audit.HistoryPlayed, "", "Play real history through programs, and report in numbers.", n.beginBacktest)),
		begun(opOwn("learn", "POST /v1/jobs/learning", access.LearnRun, audit.ModelLearned, "", "Find out what messages did, and let decisions go by it.", func(ctx context.Context, _ api.Nothing) (Job, error) {
			return n.jobs.begin(ctx, "learning", access.LearnRun, n.Wall, func(ctx context.Context, _ func(int, int)) (any, error) {
				return audited(ctx, n, n.audit, callLearn, nothing{}, func(ctx context.Context, _ nothing) (Night, error) { return n.Learn(ctx) })
			})
		})),
		begun(opOwn("reportLearning", "POST /v1/jobs/learning-report", access.HistoryPlay, audit.HistoryPlayed, "", "Report what was learned from decisions, and what it is worth.", func(ctx context.Context, _ api.Nothing) (Job, error) {
			return n.jobs.begin(ctx, "learning-report", access.HistoryPlay, n.Wall, func(ctx context.Context, _ func(int, int)) (any, error) {
				return aside(ctx, n, func(i *Inspector) (any, error) { return i.LearningReport(ctx) })
			})
		})),
		opOwn("listJobs", "GET /v1/jobs", access.OwnAccount, "", "what runs, and how far it is", "List the jobs whose results are for you, the newest first.", func(ctx context.Context, in api.Page) (api.List[Job], error) {
			n.jobs.mu.Lock()
			defer n.jobs.mu.Unlock()
			var all []Job
			for i := len(n.jobs.list) - 1; i >= 0; i-- {
				if x := n.jobs.list[i]; api.PrincipalOf(ctx).Everybody(x.may) {
					all = append(all, x.Job)
				}
			}
			return api.PageOf(all, in, func(j *Job) string { return j.ID })
		}),
		opOwn("readJob", "GET /v1/jobs/{job}", access.OwnAccount, "", "how far it is", "Tell how far a job is.", func(ctx context.Context, in jobIn) (Job, error) {
			n.jobs.mu.Lock()
			defer n.jobs.mu.Unlock()
			x, err := n.jobs.find(ctx, in.Job)
			if err != nil {
				return Job{}, err
			}
			return x.Job, nil
		}),
		explained(opOwn("readJobResult", "GET /v1/jobs/{job}/result", access.OwnAccount, "", "numbers; that everybody's history was read for them was recorded when the job began", "Give a job's result, as the command writes it with --json.", func(ctx context.Context, in jobIn) (api.Text, error) {
			x, err := n.jobs.done(ctx, in.Job)
			if err != nil {
				return api.Text{}, err
			}
			return api.Text{Type: "application/json", Body: x.result}, nil
		}), "The shapes are those of attune simulate, backtest and learn."),
		opOwn("stopJob", "POST /v1/jobs/{job}/stop", access.OwnAccount, "", "what runs changes nothing of anybody", "Stop a job.", func(ctx context.Context, in jobIn) (api.Nothing, error) {
			n.jobs.mu.Lock()
			defer n.jobs.mu.Unlock()
			x, err := n.jobs.find(ctx, in.Job)
			if err == nil {
				x.stop()
			}
			return api.Nothing{}, err
		}),
	}
}

// aside reads the folder as commands do, by files of its own, so that a long reading keeps nobody from writing.
func aside(ctx context.Context, n *Node, f func(*Inspector) (any, error)) (any, error) {
	i, err := Inspect(ctx, n.Data)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	i.audit, i.saw = n.audit, map[sight]bool{}
	return f(i)
}

// compiledOf compiles programs of a request, or tells the first thing that is wrong with them.
func (n *Node) compiledOf(programs []ProgramFiles) (*release.Release, []ProgramFiles, error) {
	rel, files, problems, err := n.given(programs)
	if err != nil || rel != nil {
		return rel, files, err
	}
	return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
}

// tried are the files of a version that stands on the server, or those that were sent.
func (n *Node) tried(field, name string, only []string, sent []ProgramFiles) ([]ProgramFiles, error) {
	if name == "" {
		return sent, nil
	}
	if len(sent) > 0 {
		return nil, api.Refused(field, "a version is named, and files are sent", "do one or the other")
	}
	var all []ProgramFiles
	if id, is := strings.CutPrefix(name, "draft/"); is {
		d, err := n.drafts.get(id)
		if err != nil {
			return nil, err
		}
		all = d.Programs
	} else {
		files, err := n.filesOf(name)
		if err != nil {
			return nil, err
		}
		all = files.Programs
	}
	if len(only) == 0 {
		return all, nil
	}
	var out []ProgramFiles
	for _, id := range only {
		i := slices.IndexFunc(all, func(p ProgramFiles) bool { return p.ID == id })
		if i < 0 {
			return nil, api.Refused("only", fmt.Sprintf("%s has no program %q", name, id), "name programs that it has")
		}
		out = append(out, all[i])
	}
	return out, nil
}

func (n *Node) beginSimulation(ctx context.Context, in simulationIn) (Job, error) {
	programs, err := n.tried("try", in.Try, in.Only, in.Programs)
	if err != nil {
		return Job{}, err
	}
	compare, err := n.tried("beside", in.Beside, in.Only, in.Compare)
	if err != nil {
		return Job{}, err
	}
	cfg, err := n.simulation(programs, compare, in.livesIn)
	if err != nil {
		return Job{}, err
	}
	return n.jobs.try(ctx, "simulation", Tried{in.Name, in.Try, in.Beside}, access.SimulateRun, n.Wall, func(ctx context.Context, progress func(int, int)) (any, error) {
		cfg.Progress = func(people int) { progress(people, cfg.People) }
		return simulate.Run(ctx, cfg)
	})
}

func (n *Node) beginBacktest(ctx context.Context, in backtestIn) (Job, error) {
	b := Backtest{Against: in.Against, Model: in.Model, IncludeExisting: in.IncludeExisting, Workers: 1}
	if b.Against == "live" {
		b.Against = ""
	}
	var err error
	if b.From, err = at("from", in.From); err != nil {
		return Job{}, err
	}
	if b.To, err = at("to", in.To); err != nil {
		return Job{}, err
	}
	programs, err := n.tried("try", in.Try, in.Only, in.Programs)
	if err != nil {
		return Job{}, err
	}
	if b.Release, _, err = n.compiledOf(programs); err != nil {
		return Job{}, err
	}
	return n.jobs.try(ctx, "backtest", Tried{in.Name, in.Try, in.Against}, access.HistoryPlay, n.Wall, func(ctx context.Context, progress func(int, int)) (any, error) {
		b.Progress = func(people, of int, _ int64) { progress(people, of) }
		return aside(ctx, n, func(i *Inspector) (any, error) { return i.Backtest(ctx, b) })
	})
}
