package main

import (
	"context"
	"errors"
	"os/user"
	"strings"

	"github.com/alecthomas/kong"

	"attune/internal/app"
	"attune/internal/audit"
)

// recording is what becomes of a command in the audit log.
type recording struct {
	// what is recorded here, around the command; empty where the server or the reader of the folder records it.
	what audit.What
	// elsewhere tells who records it, free why nothing is recorded.
	elsewhere, free string
}

const (
	byDesk   = "whoever answers the call: the server, or the command in its place"
	byReader = "the reader of the data folder"
)

// audited says of every command what it is recorded as. One that is not here does not run.
func audited() map[string]recording {
	desk, reader := recording{elsewhere: byDesk}, recording{elsewhere: byReader}
	files := recording{free: "works on files of programs, and on no data folder"}
	numbers := recording{free: "tells numbers, and nothing of anybody"}
	return map[string]recording{
		"demo": {elsewhere: byDesk}, "serve": {elsewhere: byDesk},
		"validate": files, "schema": files, "standards": numbers, "test": files, "simulate": files, "decide": files, "population": files, "journey walkthrough": files, "content review": files,
		"approve": {free: "signs files with the approver's own key: the signature is the record, and publishing names the release it is in"},
		"explain": {free: "says what rules mean, and when one last fired, of nobody"}, "import": desk, "backtest": reader,
		"evaluate": {free: "reads a log that somebody made a file of"}, "mine": {free: "reads a log that another system kept"}, "learn": {elsewhere: byDesk + "; its report by " + byReader}, "models": numbers,
		"library export": desk, "library trust": desk, "library import": desk, "library forget": desk, "library start": {free: "writes files of a program that others signed"}, "library list": {free: "sums that other organisations signed"}, "library keys": {free: "public keys, and whose they are"}, "library show": {free: "reads a file of sums, which others signed"},
		"publish": desk, "releases": numbers, "pull": {free: "writes programs' files"},
		"attention list": reader, "attention resume": {elsewhere: byReader + ", and " + byDesk},
		"events list": numbers, "events arrivals": numbers, "events declare": numbers,
		"quarantine list": {free: "reasons, without what was sent"}, "quarantine show": desk, "quarantine retry": desk, "quarantine drop": desk,
		"reach": reader, "map show": reader, "map groups": reader, "map people": reader, "map journeys": reader, "map travellers": reader, "map export": reader, "map leverage": reader, "export facts": reader, "report": reader, "why": reader, "decisions": reader, "audience try": reader, "audience read": {free: "says what a condition means, of nobody"}, "replay": reader, "story": reader, "thread": reader, "person": reader,
		"work list": desk, "work claim": desk, "work release": desk, "work teams": desk, "work done": desk, "work answer": desk, "work refer": desk,
		"inbox list": desk, "inbox take": desk, "contacts suppressed": desk, "contacts release": desk, "contacts verify": desk, "touch": reader,
		"deadletter list": reader, "deadletter replay": {elsewhere: byReader + ", and " + byDesk}, "may": reader,
		"people find": desk, "people duplicates": desk, "people different": desk, "people merge": desk, "people part": desk,
		"people export": desk, "people object": desk, "people restrict": desk, "people unrestrict": desk, "people correct": desk, "people uncorrect": desk,
		"people dispute": desk, "people corrections": desk,
		"hold set": desk, "hold lift": desk, "note": desk, "hold legal set": desk, "hold legal lift": desk,
		"erase request": desk, "erase confirm": desk, "erase list": desk, "consent show": reader, "consent prove": reader,
		"channels show": desk, "channels test": desk, "ceiling list": desk, "ceiling raise": desk, "pause begin": desk, "pause list": {free: "what is paused, and by whom"}, "resume": desk,
		"keys add": {what: audit.KeyMade}, "keys list": {free: "names of sources, and no key"}, "keys revoke": {what: audit.KeyRevoked},
		"keys sign-in": {what: audit.LinkMade},
		"staff invite": desk, "staff list": desk, "staff role": desk, "staff disable": desk, "staff enable": desk, "staff reset": desk,
		"tokens add": desk, "tokens list": desk, "tokens revoke": desk,
		"service add": desk, "service list": desk, "service remove": desk, "service rotate": desk,
		"email key": {free: "makes a key for signing e-mail, in a file of its own"}, "email records": files, "email standing": desk, "email resume": desk,
		"backup": {what: audit.BackupMade}, "restore from": {elsewhere: "the log of the restored folder"}, "restore release": desk,
		"doctor":       reader,
		"audit verify": {free: "reads a copy of the log, and shows none of its records"}, "audit key": {free: "tells the public half of a key"},
		"audit list": {what: audit.AuditRead}, "audit looks": {what: audit.AuditRead}, "audit verbs": files,
		"audit rotate": {free: "the checkpoint that names the other key is the record"},
	}
}

// place is a command's name without its arguments.
func place(node *kong.Node) string {
	var names []string
	for n := node; n != nil && n.Type == kong.CommandNode; n = n.Parent {
		names = append([]string{n.Name}, names...)
	}
	return strings.Join(names, " ")
}

// runRecorded runs the command that was parsed, as who runs it, and records it where nobody else does.
func runRecorded(ctx context.Context, k *kong.Context) error {
	name := place(k.Selected())
	r, ok := audited()[name]
	if !ok {
		return errors.New("the command " + name + " does not say what it is recorded as: declare it in cmd/attune/audited.go")
	}
	by := flag(k, "by")
	ctx = audit.With(ctx, audit.Caller{
		Actor: audit.Actor{Kind: audit.User, ID: whoRuns(), Name: by, How: "process"}, Via: "attune " + name, Request: audit.NewRequest(),
	})
	k.BindTo(ctx, (*context.Context)(nil))
	if r.what == "" {
		return k.Run()
	}
	trail, err := app.OpenTrail(ctx, flag(k, "data"), r.what)
	if err != nil {
		return err
	}
	err = k.Run()
	return errors.Join(err, trail.Done(ctx, err))
}

// flag is a flag's value, as text; empty where the command has none.
func flag(k *kong.Context, name string) string {
	for _, f := range k.Flags() {
		if f.Name == name {
			s, _ := k.FlagValue(f).(string)
			return s
		}
	}
	return ""
}

// whoRuns is the operating system's user.
func whoRuns() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
