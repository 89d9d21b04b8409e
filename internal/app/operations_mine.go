package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/mine"
)

type miningIn struct {
	Log            string   `json:"log" doc:"The log as CSV, whose first row has the columns' names. Leave it out where it was sent before." example:"case_id,activity,timestamp\n1,Referral,2027-01-04T09:00:00Z\n1,First visit,2027-01-11T10:00:00Z\n2,Referral,2027-01-05T09:00:00Z\n"`
	Upload         string   `json:"upload" doc:"Or a file that was sent before (beginUpload), by its id: CSV, or CSV packed with gzip."`
	Case           string   `json:"case" doc:"The column of the case: whose journey it is; case_id where it does not say."`
	Activity       string   `json:"activity" doc:"The column of what was done; activity where it does not say."`
	Timestamp      string   `json:"timestamp" doc:"The column of when; timestamp where it does not say."`
	Resource       string   `json:"resource" doc:"The column of who did it; resource, where there is one."`
	Order          string   `json:"order" doc:"A column of numbers that tells which of a case's events at the same time came first."`
	Lifecycle      string   `json:"lifecycle" doc:"Read only rows with this value in the lifecycle's column, such as COMPLETE."`
	LifecycleIn    string   `json:"lifecycle_column" doc:"The column of the stage of an activity; lifecycle where it does not say."`
	Zone           string   `json:"zone" doc:"The time zone of times that name none; UTC where it does not say."`
	SkipIncomplete bool     `json:"skip_incomplete" doc:"Pass over rows without a case, an activity or a time, and count them."`
	Funnel         []string `json:"funnel" doc:"Count who gets from one activity to the next." example:"[\"Referral\",\"First visit\"]"`
	Mode           string   `json:"mode" doc:"How the funnel's steps are matched: ordered, strict-time or window; ordered where it does not say."`
	Within         string   `json:"within" doc:"How long after its first step the funnel may take, such as 24h."`
	From           string   `json:"from" doc:"Follow everybody from the first of this activity …"`
	To             string   `json:"to" doc:"… to the first later one of this."`
	Exits          []string `json:"exits" doc:"Activities by which one leaves before that."`
	Horizon        string   `json:"horizon" doc:"Where the curve ends, such as 30d."`
	By             string   `json:"by" doc:"Take the curve apart by this column, as it was known when the case entered."`
	Top            int      `json:"top" doc:"How many variants are listed; 20 where it does not say."`
}

// Mining is what came of mining a log.
type Mining struct {
	// Answer is what attune mine writes with --json; nil where there are problems.
	Answer   *mine.Answer `json:"answer"`
	Problems []ProblemAt  `json:"problems"`
	// Draft holds the files of a program with a first map, to begin a workshop with.
	Draft map[string]string `json:"draft"`

	log *mine.Log
}

// WriteHTML writes the report as a page.
func (m *Mining) WriteHTML(w io.Writer) error {
	if m.Answer == nil {
		return nil
	}
	return m.Answer.WriteHTML(w, m.log)
}

func (n *Node) mineOperations() []api.Operation {
	return []api.Operation{
		begun(explained(opOwn("mine", "POST /v1/jobs/mining", access.HistoryPlay, "", "a log that whoever asks has, and that is not kept", "Find the journey in a log that another system kept: what follows what, how long, who leaves.", n.beginMining),
			"What is wrong in the log is told in the result, with line, column and remedy. Cases are named nowhere, and the log is taken away when the job is over.")),
	}
}

func (n *Node) beginMining(ctx context.Context, in miningIn) (Job, error) {
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	r := mine.Reading{
		Case: or(in.Case, "case_id"), Activity: or(in.Activity, "activity"), Timestamp: or(in.Timestamp, "timestamp"), Resource: in.Resource, Order: in.Order,
		Lifecycle: in.Lifecycle, LifecycleColumn: or(in.LifecycleIn, "lifecycle"), By: in.By, Incomplete: in.SkipIncomplete,
	}
	within, err := spanIn("within", in.Within)
	if err != nil {
		return Job{}, err
	}
	horizon, err := spanIn("horizon", in.Horizon)
	if err != nil {
		return Job{}, err
	}
	mode := mine.Mode(or(in.Mode, string(mine.Ordered)))
	switch {
	case (in.Log == "") == (in.Upload == ""):
		return Job{}, api.Refused("log", "there has to be one log", "send it as log, or name a file that you sent as upload")
	case len(in.Funnel) == 1:
		return Job{}, api.Refused("funnel", "it has two steps or more", "")
	case mode != mine.Ordered && mode != mine.StrictTime && mode != mine.Window:
		return Job{}, api.Refused("mode", "it has to be ordered, strict-time or window", "")
	case mode == mine.Window && within == 0:
		return Job{}, api.Refused("within", "a window has a length", "write it as 24h")
	case (in.From == "") != (in.To == ""):
		return Job{}, api.Refused("to", "a curve has a beginning and an end", "send from and to")
	case slices.Contains(in.Exits, in.To) && in.To != "":
		return Job{}, api.Refused("exits", "one is where the journey leads, and no exit", "")
	case in.Top < 0:
		return Job{}, api.Refused("top", "it is less than 0", "")
	}
	if in.Zone != "" && in.Zone != "UTC" {
		zones, err := n.zones()
		if err != nil {
			return Job{}, err
		}
		zone, ok := zones.Find(in.Zone)
		if !ok {
			return Job{}, api.Refused("zone", "there is no such time zone", "write it as Europe/Madrid")
		}
		r.Zone = zone
	}
	dir, err := os.MkdirTemp("", "attune-mining-")
	if err != nil {
		return Job{}, err
	}
	path := filepath.Join(dir, "log.csv")
	if in.Log != "" {
		err = os.WriteFile(path, []byte(in.Log), 0o600)
	} else if err = n.uploads.into(ctx, dir, []string{in.Upload}); err == nil {
		var found []os.DirEntry
		if found, err = os.ReadDir(dir); err == nil {
			path = filepath.Join(dir, found[0].Name())
		}
	}
	if err != nil {
		return Job{}, errors.Join(err, os.RemoveAll(dir))
	}
	job, err := n.jobs.begin(ctx, "mining", access.HistoryPlay, n.Wall, func(ctx context.Context, progress func(int, int)) (any, error) {
		defer os.RemoveAll(dir)
		r.Progress = func(rows int) { progress(rows, 0) }
		l, problems, err := mine.Read(ctx, path, r)
		if err != nil {
			return nil, err
		}
		out := &Mining{Problems: ProblemsAt(problems), Draft: map[string]string{}, log: l}
		for k := range out.Problems {
			out.Problems[k].File = filepath.Base(out.Problems[k].File)
		}
		if len(problems) > 0 {
			return out, nil
		}
		for _, name := range slices.Concat(in.Funnel, in.Exits, []string{in.From, in.To}) {
			if _, ok := slices.BinarySearch(l.Activities, name); !ok && name != "" {
				return nil, errors.New("the log has no activity " + name + "; it has " + strings.Join(l.Activities, ", "))
			}
		}
		top := in.Top
		if top == 0 {
			top = 20
		}
		out.Answer = mine.Mine(l, top)
		if len(in.Funnel) > 0 {
			out.Answer.Funnel = l.Funnel(mine.Path{Mode: mode, Steps: in.Funnel, Within: within})
		}
		if in.From != "" {
			out.Answer.Survival = l.Survival(mine.Passage{From: in.From, To: in.To, By: in.By, Exits: in.Exits, Horizon: horizon})
		}
		return out, out.draw(filepath.Join(dir, "draft"))
	})
	if err != nil {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return job, err
}

// draw makes a first map of what was found, by way of a folder that is taken away.
func (m *Mining) draw(folder string) error {
	d := m.log.Draft(m.Answer)
	if err := d.Write(folder); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		text, err := root.ReadFile(path)
		m.Draft[path] = string(text)
		return err
	})
}

// spanIn reads a span of time of a request, in nanoseconds; zero where there is none.
func spanIn(field, written string) (int64, error) {
	if written == "" {
		return 0, nil
	}
	d, err := instant.ParseDuration(written)
	if err != nil || d <= 0 {
		return 0, api.Refused(field, "it is no time", "write it as 24h or 30d")
	}
	return int64(d) * 1_000_000, nil
}
