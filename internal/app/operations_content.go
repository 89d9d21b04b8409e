package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"attune/core/approval"
	"attune/core/content"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/program"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/programdir"
)

const (
	callSign     = "content/sign"
	callWithdraw = "content/withdraw"
	// approvals is where a program keeps them.
	approvals = "approvals.yaml"
	// legalRole is the role of approvers that only legal reviewers of the house may sign in.
	legalRole = "legal"
)

// contentCalls say what is recorded of approving.
func contentCalls() map[string]declared {
	return map[string]declared{
		callSign: as(audit.TextSigned, func(in signCall, _ FileChanged) about {
			return about{object: &audit.Object{Kind: "program", ID: in.program}, reason: textsOf(in.lines)}
		}),
		callWithdraw: as(audit.TextWithdrawn, func(in withdrawCall, _ Withdrawn) about {
			return about{object: &audit.Object{Kind: "program", ID: in.Program}, reason: in.Reason}
		}),
	}
}

// textsOf names what was signed, by whom, and in which role.
func textsOf(lines []approval.Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Content+" by "+l.By+" as "+l.Role)
	}
	return strings.Join(all, ", ")
}

type signCall struct {
	program string
	lines   []approval.Line
	text    string
}

type withdrawCall struct {
	programsIn
	Program string `json:"program" required:"" doc:"Which of the programs." example:"diabetes"`
	Content string `json:"content" required:"" doc:"Which texts: a pattern of paths within content/." example:"email/*.en"`
	Role    string `json:"role" doc:"Only approvals in this role; of every role that you may sign in without it."`
	By      string `json:"by" doc:"Only those of this approver."`
	Reason  string `json:"reason" required:"" doc:"Why." example:"The dose in the second sentence is out of date."`
}

// FileChanged is a file of a program as it has to be, to be published.
type FileChanged struct {
	Program string `json:"program"`
	File    string `json:"file"`
	// Text is the whole file.
	Text string `json:"text"`
	// Texts is how many texts it concerns.
	Texts int `json:"texts"`
}

// Tag implements the API's versions.
func (f FileChanged) Tag() string { return api.TagOf(f) }

// Withdrawn is a program's file without approvals that were taken back, and which these were.
type Withdrawn struct {
	FileChanged
	Approvals []ApprovalLine `json:"approvals"`
}

// ApprovalLine is an approval as it stands in approvals.yaml.
type ApprovalLine struct {
	Content string `json:"content" required:"" doc:"The text's path within content/."`
	Hash    string `json:"hash" required:"" doc:"That of all that changes what is sent."`
	By      string `json:"by" required:"" doc:"The approver's id in the policy."`
	Role    string `json:"role" required:"" doc:"The role in which it is approved."`
	When    string `json:"when" required:"" doc:"When it was given."`
	Expires string `json:"expires,omitempty" doc:"The last day on which it holds; it does not run out without it."`
	Meaning string `json:"meaning" required:"" doc:"What the signature means."`
	// Signature is an Ed25519 signature in base64.
	Signature string `json:"signature,omitempty" doc:"The Ed25519 signature of the bytes to be signed, in base64."`
}

func approvalLine(l approval.Line) ApprovalLine {
	return ApprovalLine{l.Content, l.Hash, l.By, l.Role, l.When, l.Expires, l.Meaning, l.Signature}
}

func (a ApprovalLine) line() approval.Line {
	return approval.Line{Content: a.Content, Hash: a.Hash, By: a.By, Role: a.Role, When: a.When, Expires: a.Expires, Meaning: a.Meaning, Signature: a.Signature}
}

// TextReviewed is a text of a program, what it says, and how far it is approved.
type TextReviewed struct {
	Program string `json:"program"`
	TextStanding
	// Text is what is written, with its places for names.
	Text string `json:"text"`
}

// TextToSign is a text that somebody is about to approve.
type TextToSign struct {
	Line ApprovalLine `json:"line"`
	// Sign are the exact bytes to be signed with the approver's Ed25519 key, in base64.
	Sign string `json:"sign"`
	// Text is what is approved by that.
	Text string `json:"text"`
}

// Unsigned is what there is to sign.
type Unsigned struct {
	Program string `json:"program"`
	By      string `json:"by"`
	Role    string `json:"role"`
	// Demo tells that the approver's key is known to everybody.
	Demo  bool         `json:"demo"`
	Texts []TextToSign `json:"texts"`
}

type textsIn struct {
	api.Page
	Program string `query:"program" doc:"Only this program's."`
	State   string `query:"state" doc:"Only texts that are approved, or that lack an approval (missing)."`
}

func (n *Node) contentOperations() []api.Operation {
	big := func(o api.Operation) api.Operation {
		o.MaxBody = maxPrograms
		return o
	}
	out := []api.Operation{
		opOwn("listTexts", "GET /v1/releases/{release}/texts", access.ProgramRead, "", "texts of programs, which tell of nobody", "List the texts of a release: what they say, and how far they are approved.",
			func(_ context.Context, in struct {
				textsIn
				Release string `path:"release" doc:"live, a number, or a release's id or how it begins." example:"live"`
			},
			) (out api.List[TextReviewed], err error) {
				files, err := n.filesOf(in.Release)
				if err != nil {
					return out, err
				}
				return n.reviewed(files.Programs, in.textsIn)
			}),
		big(explained(opOwn("reviewTexts", "POST /v1/texts/review", access.ProgramCheck, "", "texts of programs, which tell of nobody", "List the texts of programs that are not published: what they say, and how far they are approved.",
			func(_ context.Context, in struct {
				programsIn
				textsIn
			},
			) (api.List[TextReviewed], error) {
				return n.reviewed(in.Programs, in.textsIn)
			}), "Texts need not be approved for this. Nothing is kept.")),
		big(explained(opOwn("prepareSignatures", "POST /v1/texts/signatures/prepare", access.ProgramCheck, "", "texts of programs, which tell of nobody", "Tell what somebody who approves texts has to sign.",
			func(_ context.Context, in struct {
				programsIn
				Program string `json:"program" required:"" doc:"Which of the programs." example:"diabetes"`
				By      string `json:"by" required:"" doc:"Who approves: an id under approvers: in the policy." example:"ana_ruiz"`
				Role    string `json:"role" doc:"The role in which to approve; the approver's own without it."`
				Content string `json:"content" doc:"Only texts whose path within content/ fits this pattern, such as email/*.en; without it, all that lack an approval of that role."`
				Expires string `json:"expires" doc:"The last day on which the approval holds; without it, it does not run out."`
				Meaning string `json:"meaning" doc:"What the signature means; approved for use where it does not say."`
			},
			) (Unsigned, error) {
				p, files, err := n.draft(in.Programs, in.Program)
				if err != nil {
					return Unsigned{}, err
				}
				by, role, err := ApproverOf(p, in.By, in.Role)
				if err != nil {
					return Unsigned{}, wrongField(err)
				}
				lines, texts, err := ToSign{By: by, Role: role, Content: in.Content, Expires: in.Expires, Meaning: cmp.Or(in.Meaning, "approved for use")}.Unsigned(p, n.Wall())
				if err != nil {
					return Unsigned{}, wrongField(err)
				}
				out := Unsigned{Program: p.ID, By: by.ID, Role: role, Demo: by.Demo}
				for k, l := range lines {
					out.Texts = append(out.Texts, TextToSign{approvalLine(l), base64.StdEncoding.EncodeToString(l.Signed(p.ID)), textOf(files.Files, p.Content[texts[k]].Path())})
				}
				return out, nil
			}), "The private key stays where it is: sign the bytes with it (Ed25519), put the signature into each line, and send the lines.")),
	}
	for _, as := range []struct {
		name, path string
		may        access.Permission
		says       string
	}{
		{"Medical", "medical", access.MedicalReview, "in any role but legal"},
		{"Legal", "legal", access.LegalReview, "in the role legal"},
	} {
		out = append(out,
			big(explained(opCall(n, "sign"+as.name, "POST /v1/texts/signatures/"+as.path, as.may, callSign, "Approve texts with signatures "+as.says+".",
				func(ctx context.Context, in struct {
					programsIn
					Program string         `json:"program" required:"" doc:"Which of the programs." example:"diabetes"`
					Lines   []ApprovalLine `json:"lines" required:"" doc:"The lines of prepareSignatures, each with its signature." example:"[]"`
				}, ask func(context.Context, signCall) (FileChanged, error),
				) (FileChanged, error) {
					call, err := n.signing(in.Programs, in.Program, in.Lines, as.may)
					if err != nil {
						return FileChanged{}, err
					}
					return ask(ctx, call)
				}), "Each signature is verified against the approver's key in the policy. What comes back is the program's approvals.yaml; whoever publishes puts it among the files. Who signs does not publish.")),
			big(explained(opCall(n, "withdraw"+as.name, "POST /v1/texts/withdrawals/"+as.path, as.may, callWithdraw, "Take approvals back "+as.says+".",
				func(ctx context.Context, in struct {
					Call withdrawCall `body:""`
				}, ask func(context.Context, withdrawCall) (Withdrawn, error),
				) (Withdrawn, error) {
					if in.Call.Role != "" && !maySign(as.may, in.Call.Role) {
						return Withdrawn{}, api.Refused("role", "you do not sign as "+in.Call.Role, "")
					}
					return ask(context.WithValue(ctx, signsAs{}, as.may), in.Call)
				}), "What comes back is the program's approvals.yaml without them. Where the policy requires approvals, such a text is not sent once that is published; a pause stops it at once.")))
	}
	return out
}

// signsAs is by which permission somebody signs.
type signsAs struct{}

// maySign tells whether a permission lets somebody sign in a role of a policy.
func maySign(by access.Permission, role string) bool {
	return (by == access.LegalReview) == (role == legalRole)
}

func (n *Node) handleContent() {
	offer(n, callSign, func(_ context.Context, in signCall) (FileChanged, error) {
		text, err := programdir.WithApprovals(in.text, in.lines)
		if err != nil {
			return FileChanged{}, err
		}
		return FileChanged{in.program, approvals, text, len(in.lines)}, nil
	})
	offer(n, callWithdraw, func(ctx context.Context, in withdrawCall) (out Withdrawn, err error) {
		_, files, err := n.draft(in.Programs, in.Program)
		if err != nil {
			return out, err
		}
		if _, err := path.Match(in.Content, ""); err != nil {
			return out, api.Refused("content", "it is no pattern", "write it as email/*.en")
		}
		may, _ := ctx.Value(signsAs{}).(access.Permission)
		text, gone, err := programdir.WithoutApprovals(files.Files[approvals], func(l approval.Line) bool {
			fits, _ := path.Match(in.Content, l.Content)
			return fits && maySign(may, l.Role) && (in.Role == "" || l.Role == in.Role) && (in.By == "" || l.By == in.By)
		})
		if err != nil {
			return out, err
		}
		out.FileChanged = FileChanged{files.ID, approvals, text, len(gone)}
		for _, l := range gone {
			out.Approvals = append(out.Approvals, approvalLine(l))
		}
		return out, nil
	})
}

// signing verifies lines that somebody signed.
func (n *Node) signing(programs []ProgramFiles, which string, given []ApprovalLine, may access.Permission) (signCall, error) {
	p, files, err := n.draft(programs, which)
	if err != nil {
		return signCall{}, err
	}
	call := signCall{program: p.ID, text: files.Files[approvals]}
	for k, g := range given {
		wrong := func(field, says, remedy string) error {
			return api.Refused(fmt.Sprintf("lines[%d].%s", k, field), says, remedy)
		}
		by, role, err := ApproverOf(p, g.By, g.Role)
		if err != nil {
			if w, is := errors.AsType[*WrongField](err); is {
				return call, wrong(w.Field, w.Says, "")
			}
			return call, err
		}
		l := g.line()
		i := slices.IndexFunc(p.Content, func(t *content.Template) bool { return t.Path() == g.Content })
		switch {
		case !maySign(may, role):
			return call, wrong("role", "you do not sign as "+role, "a reviewer of that sort does")
		case i < 0:
			return call, wrong("content", "there is no such text in "+p.ID, "")
		case p.Standings[i].Hash != g.Hash:
			return call, wrong("hash", "the text was edited since", "look at it, and sign it as it is now: prepareSignatures")
		case !l.Genuine(p.ID, by.Key):
			return call, wrong("signature", "it is not that of "+by.Name+" for this line", "sign the bytes that prepareSignatures gives, with the key whose public half is in the policy")
		}
		call.lines = append(call.lines, l)
	}
	return call, nil
}

// wrongField tells which field of a request is wrong.
func wrongField(err error) error {
	if w, is := errors.AsType[*WrongField](err); is {
		return api.Refused(w.Field, w.Says, "")
	}
	return err
}

func textOf(files map[string]string, content string) string {
	return files["content/"+content+".liquid"]
}

// reviewed lists the texts of programs.
func (n *Node) reviewed(programs []ProgramFiles, in textsIn) (out api.List[TextReviewed], err error) {
	if len(programs) == 0 {
		live, err := n.filesOf("")
		if err != nil {
			return out, err
		}
		programs = live.Programs
	}
	if !slices.Contains([]string{"", "approved", "missing"}, in.State) {
		return out, api.Refused("state", "it has to be approved or missing", "")
	}
	var all []TextReviewed
	for _, f := range programs {
		if in.Program != "" && f.ID != in.Program {
			continue
		}
		p, files, err := n.draft(programs, f.ID)
		if err != nil {
			return out, err
		}
		for _, t := range TextsOf(p, n.Wall()) {
			if in.State == "" || (in.State == "approved") == t.Approved {
				all = append(all, TextReviewed{p.ID, t, textOf(files.Files, t.Content)})
			}
		}
	}
	return api.PageOf(all, in.Page, func(t *TextReviewed) string { return t.Program + " " + t.Content })
}

// catalogueOperations are about events that rules may use, and about what editors need.
func (n *Node) catalogueOperations() []api.Operation {
	big := func(o api.Operation) api.Operation {
		o.MaxBody = maxPrograms
		return o
	}
	return []api.Operation{
		opOwn("readCatalogue", "GET /v1/events/catalogue", access.ProgramRead, "", "the same for everybody", "List the events that rules may use, with their fields.",
			func(_ context.Context, in api.Page) (api.List[EventShown], error) {
				return api.PageOf(EventsOf(n.catalogue()), in, func(e *EventShown) string { return e.Name })
			}),
		big(explained(opRead(n, "declareEvent", "POST /v1/programs/events", access.ProgramCheck, "Arrivals", "Declare an event in a program, so that rules may use it.",
			func(ctx context.Context, i *Inspector, in struct {
				programsIn
				Program string `json:"program" required:"" doc:"Which of the programs." example:"diabetes"`
				Event   string `json:"event" required:"" doc:"The event's name." example:"foot_check.sent"`
				Says    string `json:"says" required:"" doc:"What happened, in one sentence for people." example:"The person sent a photo of the foot."`
				Arrived bool   `json:"arrived" doc:"It has arrived already: its fields are declared with the types that were seen."`
				// Fields are said by name, or left to what was seen.
				Fields []FieldDeclared `json:"fields" doc:"Its fields, where they are not declared as they arrived."`
			},
			) (out EventDeclared, err error) {
				_, files, err := n.draft(in.Programs, in.Program)
				if err != nil {
					return out, err
				}
				d := event.Definition{Name: in.Event, Says: strings.TrimSpace(in.Says)}
				if d.Says == "" {
					return out, api.Refused("says", "it is empty", "write what happened, in one sentence for people")
				}
				if in.Arrived && len(in.Fields) > 0 {
					return out, api.Refused("fields", "it says twice which fields there are", "send arrived, or fields")
				}
				if d.Fields, err = fieldsDeclared(in.Fields); err != nil {
					return out, err
				}
				if in.Arrived {
					if p := api.PrincipalOf(ctx); !p.May(access.ArrivalsRead) {
						return out, api.Refused("arrived", "you may not see what arrived", "ask for one of the roles "+access.Who(access.ArrivalsRead))
					}
					arrived, err := i.Arrivals(ctx)
					if err != nil {
						return out, err
					}
					if d.Fields, out.Left, err = AsSeen(in.Event, arrived); err != nil {
						return out, api.Refused("event", err.Error(), "")
					}
				}
				text, added, err := programdir.WithEvent(files.Files["events.yaml"], d)
				if err != nil {
					return out, api.Refused("event", err.Error(), "")
				}
				out.Program, out.File, out.Text, out.Added = files.ID, "events.yaml", text, added
				changed := maps.Clone(files.Files)
				changed["events.yaml"] = text
				rel, problems, err := n.alone(ProgramFiles{files.ID, changed})
				out.Valid, out.Problems = rel, problems
				return out, err
			}), "What comes back is the program's events.yaml; whoever publishes puts it among the files. Where nothing else is said, every field is declared as clinical, the most careful rank.")),
		big(explained(opOwn("readSchemas", "POST /v1/programs/schemas", access.ProgramCheck, "", "programs, which tell of nobody", "Give the JSON Schemas of a program's files, by which editors complete and check them.",
			func(_ context.Context, in struct {
				Program ProgramFiles `json:"program" doc:"The program's files, whose own events are suggested too. It need not be right yet."`
			},
			) (Schemas, error) {
				folder, _ := programdir.FolderOf(programdir.Files{Home: in.Program.ID, Texts: in.Program.Files})
				all, err := programdir.SchemasOf(folder)
				out := Schemas{Schemas: map[string]string{}}
				for name, text := range all {
					out.Schemas[name] = string(text)
				}
				return out, err
			}), "Put them beside the files, and name each in a first line such as # yaml-language-server: $schema=map.schema.json.")),
		big(explained(opOwn("compareStandards", "POST /v1/programs/standards", access.ProgramRead, "", "programs, which tell of nobody", "Report where programs stand against the standards they are under, and what has drifted.", n.compareStandards),
			"For each field that standards may hold: what holds, the level it comes from, and whether the program is stricter than the standards above it.")),
	}
}

// FieldDeclared is a field of an event, as somebody declares it.
type FieldDeclared struct {
	Name string `json:"name" required:"" example:"minutes"`
	// Type is what it is.
	Type string `json:"type" required:"" doc:"Text, integer, number, flag, time or list, in small letters." example:"integer"`
	// Sensitivity is how much it tells of somebody.
	Sensitivity string `json:"sensitivity" doc:"How much it tells of somebody: plain, personal or clinical; clinical where nothing is said." example:"clinical"`
}

// fieldsDeclared reads fields as somebody declares them.
func fieldsDeclared(all []FieldDeclared) (out []event.FieldDef, err error) {
	types := []expr.Type{expr.Text, expr.Integer, expr.Number, expr.Flag, expr.Moment, expr.List}
	ranks := []event.Sensitivity{event.Plain, event.Personal, event.Clinical}
	for _, f := range all {
		t := slices.IndexFunc(types, func(t expr.Type) bool { return t.String() == f.Type })
		rank := slices.IndexFunc(ranks, func(s event.Sensitivity) bool { return s.String() == cmp.Or(f.Sensitivity, event.Clinical.String()) })
		switch {
		case !program.CanNameField(f.Name):
			return nil, api.Refused("fields", fmt.Sprintf("rules cannot write the name %q", f.Name), "begin with a letter, and use letters, digits and _")
		case slices.ContainsFunc(out, func(o event.FieldDef) bool { return o.Name == f.Name }):
			return nil, api.Refused("fields", "it names "+f.Name+" twice", "name each field once")
		case t < 0:
			return nil, api.Refused("fields", "there is no such type of "+f.Name, "say text, integer, number, flag, time or list")
		case rank < 0:
			return nil, api.Refused("fields", "there is no such sensitivity of "+f.Name, "say plain, personal or clinical")
		}
		out = append(out, event.FieldDef{Name: f.Name, Type: types[t], Sensitivity: ranks[rank]})
	}
	return out, nil
}

// EventDeclared is a program's events.yaml with one event more.
type EventDeclared struct {
	Program string `json:"program"`
	File    string `json:"file"`
	// Text is the whole file, and Added what is new in it.
	Text  string `json:"text"`
	Added string `json:"added"`
	// Left are properties that were left out, and why.
	Left []string `json:"left"`
	// Valid tells whether the program is right with it; Problems are what is wrong otherwise.
	Valid    bool        `json:"valid"`
	Problems []ProblemAt `json:"problems"`
}

// Schemas are JSON Schemas, by what their files are called.
type Schemas struct {
	Schemas map[string]string `json:"schemas"`
}

// alone tells whether one program is right by itself.
func (n *Node) alone(p ProgramFiles) (bool, []ProblemAt, error) {
	rel, _, problems, err := n.given([]ProgramFiles{p})
	return rel != nil, ProblemsAt(problems), err
}
