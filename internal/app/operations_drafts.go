package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/draft"
)

const (
	callBeginDraft  = "drafts/begin"
	callChangeDraft = "drafts/change"
	callWriteDraft  = "drafts/write"
	callUpdateDraft = "drafts/update"
	callRetellDraft = "drafts/retell"
	callWorkshop    = "drafts/workshop"
	callRemoveDraft = "drafts/remove"
)

type draftNamed struct {
	Draft string `path:"draft" doc:"Its id."`
}

type draftVersion struct {
	draftNamed
	IfMatch string `header:"If-Match" doc:"The ETag of the draft as it was read. Where it does not say, the change is done on the draft as it is now."`
}

type beginDraftCall struct {
	Name string `json:"name" required:"" doc:"What it is for, in a few words." example:"A call when a referral waits"`
	From string `json:"from" doc:"The release to begin from: a number, its id or how that begins; what is live where it does not say."`
}

type changeDraftCall struct {
	draftVersion
	Changes []DraftChange `json:"changes" required:"" doc:"All of them are done, or none."`
}

type writeDraftCall struct {
	draftVersion
	Program string            `json:"program" required:"" doc:"The program's id."`
	Files   map[string]string `json:"files" doc:"Each file's whole text, by its path within the folder. Files that are not named stay as they are."`
	Remove  []string          `json:"remove" doc:"Files to take away."`
}

type updateDraftCall struct {
	draftVersion
	Take string `json:"take" doc:"draft or live: which is taken of files that both changed. Without it such files are a refusal, which names them."`
}

type retellDraftCall struct {
	draftVersion
	Stories []StoryNamed `json:"stories" doc:"Which; all that go another way where it does not say."`
}

// StoryNamed is a story of a program.
type StoryNamed struct {
	Program string `json:"program" required:"" doc:"The program's id."`
	Story   string `json:"story" required:"" doc:"Its file, as checkDraft names it." example:"stories/welcome-and-refill.txtar"`
}

type workshopCall struct {
	draftNamed
	WorkshopAct
}

type publishDraftCall struct {
	draftVersion
	IncludeExisting bool `json:"include_existing" doc:"What was so already counts as news."`
}

// FileValues is a YAML file as values.
type FileValues struct {
	Program string `json:"program"`
	File    string `json:"file"`
	// Value is the whole file, any JSON, with its fields in the order in which they stand.
	Value json.RawMessage `json:"value"`
	// Lines tell on which line of the file something stands, by the path that changeDraft takes.
	Lines map[string]int `json:"lines"`
}

type valuesAsked struct {
	Program string `path:"program" doc:"The program's id."`
	File    string `query:"file" required:"" doc:"A YAML file, by its path within the program's folder." example:"map.yaml"`
}

// values reads a YAML file of programs.
func (in valuesAsked) values(programs []ProgramFiles) (FileValues, error) {
	out := FileValues{Program: in.Program, File: in.File}
	files, err := (&Draft{Programs: programs}).files(in.Program)
	if err != nil {
		return out, err
	}
	text, is := files[in.File]
	if !is || !strings.HasSuffix(in.File, ".yaml") {
		return out, api.NotFound("file", "%s has no YAML file %q", in.Program, in.File)
	}
	out.Value, out.Lines, err = draft.Values(in.File, text)
	var w *draft.Wrong
	if errors.As(err, &w) {
		return out, api.Refused("file", w.What, w.Hint)
	}
	return out, err
}

// draftCalls say what is recorded of drafts.
func draftCalls() map[string]declared {
	object := func(id string) about { return about{object: &audit.Object{Kind: "draft", ID: id}} }
	return map[string]declared{
		callBeginDraft:  as(audit.DraftBegun, func(_ beginDraftCall, out Draft) about { return object(out.Draft) }),
		callChangeDraft: as(audit.DraftChanged, func(in changeDraftCall, _ Draft) about { return object(in.Draft) }),
		callWriteDraft:  as(audit.DraftChanged, func(in writeDraftCall, _ Draft) about { return object(in.Draft) }),
		callUpdateDraft: as(audit.DraftChanged, func(in updateDraftCall, _ Draft) about { return object(in.Draft) }),
		callRetellDraft: as(audit.DraftChanged, func(in retellDraftCall, _ Draft) about { return object(in.Draft) }),
		callWorkshop:    as(audit.DraftChanged, func(in workshopCall, _ Workshop) about { return object(in.Draft) }),
		callRemoveDraft: as(audit.DraftRemoved, func(in draftNamed, _ nothing) about { return object(in.Draft) }),
	}
}

func (n *Node) handleDrafts() {
	offer(n, callBeginDraft, func(ctx context.Context, in beginDraftCall) (Draft, error) {
		files, err := n.filesOf(in.From)
		if err != nil {
			return Draft{}, err
		}
		return n.drafts.begin(in.Name, by(ctx), files.Release, files.Programs)
	})
	offer(n, callChangeDraft, func(ctx context.Context, in changeDraftCall) (Draft, error) {
		return n.drafts.change(in.Draft, in.IfMatch, by(ctx), func(d *Draft) (string, error) { return d.apply(in.Changes) })
	})
	offer(n, callWriteDraft, func(ctx context.Context, in writeDraftCall) (Draft, error) {
		return n.drafts.change(in.Draft, in.IfMatch, by(ctx), func(d *Draft) (string, error) { return d.put(in.Program, in.Files, in.Remove) })
	})
	offer(n, callUpdateDraft, func(ctx context.Context, in updateDraftCall) (Draft, error) {
		if in.Take != "" && in.Take != "draft" && in.Take != "live" {
			return Draft{}, api.Refused("take", "it is draft or live", "leave it out to be told of which files both changed")
		}
		live, err := n.filesOf("live")
		if err != nil {
			return Draft{}, err
		}
		return n.drafts.change(in.Draft, in.IfMatch, by(ctx), func(d *Draft) (string, error) {
			if d.Release == live.Release {
				return "", nil
			}
			base, err := n.filesOf(d.Release)
			if err != nil {
				return "", err
			}
			return d.onto(base, live, in.Take)
		})
	})
	offer(n, callRetellDraft, func(ctx context.Context, in retellDraftCall) (Draft, error) {
		return n.drafts.change(in.Draft, in.IfMatch, by(ctx), func(d *Draft) (string, error) { return n.retell(d, in.Stories) })
	})
	offer(n, callWorkshop, func(ctx context.Context, in workshopCall) (Workshop, error) {
		d, err := n.drafts.workshopAct(in.Draft, voter(ctx), by(ctx), in.WorkshopAct)
		if err != nil {
			return Workshop{}, err
		}
		return n.workshopOf(ctx, &d), nil
	})
	offer(n, callRemoveDraft, func(_ context.Context, in draftNamed) (nothing, error) { return nothing{}, n.drafts.remove(in.Draft) })
}

func (n *Node) draftOperations() []api.Operation {
	big := func(o api.Operation) api.Operation {
		o.MaxBody = maxPrograms
		return o
	}
	return []api.Operation{
		opOwn("listDrafts", "GET /v1/drafts", access.ProgramRead, "", "what programs may become, which tells of nobody", "List the drafts of programs, the one that was changed last first.",
			func(_ context.Context, in api.Page) (out api.List[DraftListed], err error) {
				all, err := n.drafts.list()
				if err != nil {
					return out, err
				}
				live, _ := n.Live()
				listed := []DraftListed{}
				for _, d := range all {
					listed = append(listed, DraftListed{d.Draft, d.Name, d.Release, d.Version, d.By, d.ChangedBy, d.ChangedAt, d.Release != live.Release})
				}
				return api.PageOf(listed, in, func(d *DraftListed) string { return d.Draft })
			}),
		explained(created(opCall(n, "beginDraft", "POST /v1/drafts", access.ProgramEdit, callBeginDraft, "Begin a draft of the programs, from what is live or another release.",
			func(ctx context.Context, in beginDraftCall, ask func(context.Context, beginDraftCall) (Draft, error)) (Draft, error) {
				return ask(ctx, in)
			})), "A draft changes nothing until it is published. Several people may work on it at once."),
		opOwn("readDraft", "GET /v1/drafts/{draft}", access.ProgramRead, "", "what programs may become, which tells of nobody", "Give a draft with its files and its newest changes.",
			func(_ context.Context, in draftNamed) (Draft, error) {
				return n.drafts.get(in.Draft)
			}),
		opOwn("readDraftValues", "GET /v1/drafts/{draft}/programs/{program}/values", access.ProgramRead, "", "what programs may become, which tells of nobody", "Read a YAML file of a draft as values, and where each stands.",
			func(_ context.Context, in struct {
				draftNamed
				valuesAsked
			},
			) (FileValues, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return FileValues{}, err
				}
				return in.values(d.Programs)
			}),
		opOwn("readReleaseValues", "GET /v1/releases/{release}/programs/{program}/values", access.ProgramRead, "", "files of programs, which tell of nobody", "Read a YAML file of a release as values, and where each stands.",
			func(_ context.Context, in struct {
				Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
				valuesAsked
			},
			) (FileValues, error) {
				files, err := n.filesOf(in.Release)
				if err != nil {
					return FileValues{}, err
				}
				return in.values(files.Programs)
			}),
		big(explained(opCall(n, "changeDraft", "POST /v1/drafts/{draft}/changes", access.ProgramEdit, callChangeDraft, "Change values in a draft's YAML files, and leave every other line as it is.",
			func(ctx context.Context, in changeDraftCall, ask func(context.Context, changeDraftCall) (Draft, error)) (Draft, error) {
				return ask(ctx, in)
			}), "This is what a board, a form or a keyboard does: comments, order and whatever else stands in the file are kept. A file that is written so that it cannot be changed like this is refused, and can be written whole with writeDraft.")),
		big(opCall(n, "writeDraft", "PUT /v1/drafts/{draft}/files", access.ProgramEdit, callWriteDraft, "Write whole files of a draft, or take some away.",
			func(ctx context.Context, in writeDraftCall, ask func(context.Context, writeDraftCall) (Draft, error)) (Draft, error) {
				return ask(ctx, in)
			})),
		explained(opOwn("checkDraft", "GET /v1/drafts/{draft}/check", access.ProgramRead, "", "files of programs, which tell of nobody", "Check a draft, tell its stories, and see what publishing it would change.",
			func(ctx context.Context, in draftNamed) (Checked, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return Checked{}, err
				}
				return n.check(ctx, d.Programs, "")
			}), "Every problem is told with its file, line and column, and what to write instead."),
		explained(opCall(n, "retellDraft", "POST /v1/drafts/{draft}/stories", access.ProgramEdit, callRetellDraft, "Say that stories shall go as the draft makes them go now.",
			func(ctx context.Context, in retellDraftCall, ask func(context.Context, retellDraftCall) (Draft, error)) (Draft, error) {
				return ask(ctx, in)
			}), "Look at what differs first: checkDraft tells it. A story that goes another way is what was meant, or a mistake that somebody was to find."),
		explained(opCall(n, "updateDraft", "POST /v1/drafts/{draft}/update", access.ProgramEdit, callUpdateDraft, "Bring a draft up to what is live now, where somebody else published since it began.",
			func(ctx context.Context, in updateDraftCall, ask func(context.Context, updateDraftCall) (Draft, error)) (Draft, error) {
				return ask(ctx, in)
			}), "Files that only one of the two changed are taken from there."),
		explained(created(opCall(n, "publishDraft", "POST /v1/drafts/{draft}/publish", access.ProgramPublish, callPublish, "Put a draft live, for people who live under the former programs too, and take it away.",
			func(ctx context.Context, in publishDraftCall, ask func(context.Context, publishCall) (written, error)) (Published, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return Published{}, err
				}
				if in.IfMatch == "" {
					return Published{}, api.VersionNeeded(`"` + d.Tag() + `"`)
				}
				if !api.Matches(in.IfMatch, d.Tag()) {
					return Published{}, api.Changed(nil, d)
				}
				if live, _ := n.Live(); live.Release != d.Release {
					return Published{}, api.Refused("draft", "somebody published since this draft began", "bring it up to what is live with updateDraft, and look at checkDraft again")
				}
				out, err := n.putLive(ctx, d.Programs, in.IncludeExisting, ask)
				if err != nil {
					return out, err
				}
				return out, n.drafts.published(&d)
			})), "If-Match has to name the draft as it was looked at. Who signed a text of these programs may not publish them."),
		big(explained(opOwn("dryRun", "POST /v1/drafts/{draft}/dry-run", access.ProgramRead, "", "somebody who does not exist", "Let somebody who does not exist live through what you say, under a draft, and tell what follows and why.",
			func(_ context.Context, in struct {
				draftNamed
				DryRunCall
			},
			) (DryRun, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return DryRun{}, err
				}
				return n.dryRun(d.Programs, &in.DryRunCall)
			}), "Every kind of step runs as it will. Nothing is written and nobody is told; the same lines always tell the same. What it tells can be kept as a story with writeDraft.")),
		big(explained(opOwn("dryRunRelease", "POST /v1/releases/{release}/dry-run", access.ProgramRead, "", "somebody who does not exist", "Let somebody who does not exist live through what you say, under a release, and tell what follows and why.",
			func(_ context.Context, in struct {
				Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
				DryRunCall
			},
			) (DryRun, error) {
				files, err := n.filesOf(in.Release)
				if err != nil {
					return DryRun{}, err
				}
				return n.dryRun(files.Programs, &in.DryRunCall)
			}), "As with a draft: nothing is written and nobody is told.")),
		big(explained(opRead(n, "dryRunPerson", "POST /v1/people/{person}/dry-run", access.PersonRead, "DryRun", "Let somebody's life go on through what you say, under what is live or a draft, and tell what would follow and why.",
			func(ctx context.Context, i *Inspector, in dryRunPerson) (DryRun, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return DryRun{}, err
				}
				var programs []ProgramFiles
				if in.Draft != "" {
					d, err := n.drafts.get(in.Draft)
					if err != nil {
						return DryRun{}, err
					}
					programs = d.Programs
				}
				rel, err := n.compiled(programs)
				if err == nil && programs != nil { // what is live is pinned already, and others look at it
					err = i.archive.pin(rel)
				}
				if err != nil {
					return DryRun{}, err
				}
				return i.DryRun(ctx, who, rel, &in.dryRunLines)
			}), "It begins where their record ends, from all that is recorded of them. Nothing is written and nobody is told; looking is recorded like reading their record.")),
		explained(opOwn("readWorkshop", "GET /v1/drafts/{draft}/workshop", access.ProgramRead, "", "a team's work on a map, which tells of nobody", "Show the workshop of a draft: notes, votes, the timer, and who is here.",
			func(ctx context.Context, in draftNamed) (Workshop, error) {
				d, err := n.drafts.get(in.Draft)
				if err != nil {
					return Workshop{}, err
				}
				return n.workshopOf(ctx, &d), nil
			}), "Sums of dots are told once the voting is closed, and never whose they were."),
		explained(opCall(n, "changeWorkshop", "POST /v1/drafts/{draft}/workshop", access.ProgramEdit, callWorkshop, "Do something in the workshop of a draft: a note, a dot, the timer.",
			func(ctx context.Context, in workshopCall, ask func(context.Context, workshopCall) (Workshop, error)) (Workshop, error) {
				return ask(ctx, in)
			}), "A note that is placed becomes a moment of the draft's map. Notes name no patient."),
		explained(opOwn("attendDraft", "POST /v1/drafts/{draft}/presence", access.ProgramEdit, "", "who of the staff has a draft open, which is not kept", "Say that you have a draft open, so that others who work on it see it.",
			func(ctx context.Context, in draftNamed) (api.Nothing, error) {
				if _, err := n.drafts.get(in.Draft); err != nil {
					return api.Nothing{}, err
				}
				n.presence.note(in.Draft, by(ctx), n.Wall())
				return api.Nothing{}, nil
			}), "Said again every twenty seconds; it lasts for 45."),
		opCall(n, "removeDraft", "DELETE /v1/drafts/{draft}", access.ProgramEdit, callRemoveDraft, "Take a draft away.",
			func(ctx context.Context, in draftNamed, ask func(context.Context, draftNamed) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, in)
				return api.Nothing{}, err
			}),
	}
}

// workshopOf is a draft's workshop as whoever asks may see it.
func (n *Node) workshopOf(ctx context.Context, d *Draft) Workshop {
	return d.workshop.shown(d.Draft, voter(ctx), n.presence.here(d.Draft, n.Wall()))
}
