package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

const (
	// jobsAtOnce is how many run at a time, and jobsKept how many are remembered, of which the oldest that are over go first.
	jobsAtOnce = 2
	jobsKept   = 50
)

// Job is something that takes long: it runs on when whoever asked for it is gone, and is forgotten when the server stops.
type Job struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Tried
	By string `json:"by"`
	// State is running, done, failed or stopped.
	State string `json:"state"`
	Begun string `json:"begun"`
	Ended string `json:"ended,omitempty"`
	// Done of Of people are done, where that is known.
	Done int `json:"done"`
	Of   int `json:"of"`
	// Error is why it failed.
	Error string `json:"error,omitempty"`
}

// Tried are versions of programs that are tried: both stand on the server, as live, a publication's number, how a release's id begins, or
// draft/ and a draft's id.
type Tried struct {
	// Name is what the trial was called.
	Name   string `json:"name,omitempty"`
	Try    string `json:"try,omitempty"`
	Beside string `json:"beside,omitempty"`
}

// errBusyJobs means that as many run as may.
var errBusyJobs = errors.New("two jobs are running already: wait for one, or stop it")

// jobs are those of a node.
type jobs struct {
	mu      sync.Mutex
	list    []*jobRunning
	working sync.WaitGroup
	closed  bool
}

// jobRunning is a job, and what only the node knows of it.
type jobRunning struct {
	Job
	may    access.Permission
	stop   context.CancelFunc
	result []byte
	// page and sheets are the result as a page and as a document, where its kind has them.
	page, sheets []byte
}

// begin starts a job. f tells how far it is by progress, and returns what is written as its result.
func (j *jobs) begin(ctx context.Context, kind string, may access.Permission, now func() instant.Time, f func(ctx context.Context, progress func(done, of int)) (any, error)) (Job, error) {
	return j.try(ctx, kind, Tried{}, may, now, f)
}

// try starts a job that tries versions of programs.
func (j *jobs) try(ctx context.Context, kind string, tried Tried, may access.Permission, now func() instant.Time, f func(ctx context.Context, progress func(done, of int)) (any, error)) (Job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	busy := 0
	for _, x := range j.list {
		if x.State == "running" {
			busy++
		}
	}
	if busy >= jobsAtOnce || j.closed {
		return Job{}, errBusyJobs
	}
	for i := 0; len(j.list) >= jobsKept && i < len(j.list); i++ {
		if j.list[i].State != "running" {
			j.list = slices.Delete(j.list, i, i+1)
			break
		}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	x := &jobRunning{Job: Job{ID: audit.NewRequest(), Kind: kind, Tried: tried, By: by(ctx), State: "running", Begun: now().String()}, may: may, stop: stop}
	j.list = append(j.list, x)
	j.working.Go(func() {
		out, err := f(ctx, func(done, of int) {
			j.mu.Lock()
			defer j.mu.Unlock()
			x.Done, x.Of = max(x.Done, done), of
		})
		var result []byte
		if err == nil {
			result, err = json.Marshal(out)
		}
		var page, sheets bytes.Buffer
		if shown, is := out.(interface{ WriteHTML(io.Writer) error }); is && err == nil {
			err = shown.WriteHTML(&page)
		}
		if printed, is := out.(interface{ WritePDF(io.Writer) error }); is && err == nil {
			err = printed.WritePDF(&sheets)
		}
		stopped := ctx.Err() != nil
		stop()
		j.mu.Lock()
		defer j.mu.Unlock()
		x.Ended, x.result, x.page, x.sheets = now().String(), result, page.Bytes(), sheets.Bytes()
		switch {
		case stopped:
			x.State = "stopped"
		case err != nil:
			x.State, x.Error = "failed", err.Error()
		default:
			x.State = "done"
		}
	})
	return x.Job, nil
}

// now tells how far jobs are, by their ids, and nothing else of them.
func (j *jobs) now() map[string]JobProgress {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := map[string]JobProgress{}
	for _, x := range j.list {
		out[x.ID] = JobProgress{x.State, x.Done, x.Of}
	}
	return out
}

// JobProgress is how far a job is.
type JobProgress struct {
	State string `json:"state"`
	Done  int    `json:"done"`
	Of    int    `json:"of"`
}

// find returns a job that whoever asks may see. The jobs have to be locked.
func (j *jobs) find(ctx context.Context, id string) (*jobRunning, error) {
	p := api.PrincipalOf(ctx)
	for _, x := range j.list {
		if x.ID == id && p.Everybody(x.may) { // a job is about everybody
			return x, nil
		}
	}
	return nil, api.NotFound("job", "there is no job %s, or its result is not for you", id)
}

// done returns a job as it ended, with its result, for who may see it.
func (j *jobs) done(ctx context.Context, id string) (jobRunning, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	x, err := j.find(ctx, id)
	if err != nil {
		return jobRunning{}, err
	}
	if x.State != "done" {
		return jobRunning{}, api.Refused("job", "the job is "+x.State, "readJob tells how far it is")
	}
	return *x, nil
}

// Close stops all jobs, and waits for them.
func (j *jobs) Close() error {
	j.mu.Lock()
	j.closed = true
	for _, x := range j.list {
		x.stop()
	}
	j.mu.Unlock()
	j.working.Wait()
	return nil
}
