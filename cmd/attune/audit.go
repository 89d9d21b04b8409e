package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/internal/app"
	"attune/internal/audit"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List what was recorded."`
	Looks  auditLooksCmd  `cmd:"" help:"Tell a person who looked at them, and who changed what."`
	Verify auditVerifyCmd `cmd:"" help:"Find out whether anybody changed, took out, put in, reordered or cut off records."`
	Key    auditKeyCmd    `cmd:"" help:"Print the public key by which others verify the log."`
	Rotate auditRotateCmd `cmd:"" help:"Let another key sign from now on."`
	Verbs  auditVerbsCmd  `cmd:"" help:"List what can be recorded, and what each means."`
}

func (auditCmd) Help() string {
	return `Every look, change, decision, export and send is in one log, whose lines hold each other by their hashes and are signed
every minute: docs/audit.md tells how, and what that proves.`
}

// auditSpan is which time is meant.
type auditSpan struct {
	From string `help:"From this day or instant on, such as 2027-03-01." placeholder:"WHEN"`
	To   string `help:"Up to this day or instant, which is not part of it." placeholder:"WHEN"`
}

func (s *auditSpan) into(f *audit.Filter) (err error) {
	if f.From, err = whenIs("from", s.From); err == nil {
		f.To, err = whenIs("to", s.To)
	}
	return err
}

func whenIs(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02 15:04", time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badInput{fmt.Errorf("--%s %q is no time: write 2027-03-01, 2027-03-01 14:30, or 2027-03-01T14:30:00Z; days begin at midnight UTC", flag, text)}
}

type auditListCmd struct {
	dataFolder
	auditSpan
	Person string `help:"Only what concerned this person: an id, or SYSTEM:VALUE." placeholder:"WHO"`
	Actor  string `help:"Only what somebody did: a user's name, the name they gave with --by, or a kind such as session." placeholder:"NAME"`
	What   string `help:"Only these: a verb such as person.read, or how verbs begin, such as person. See attune audit verbs." placeholder:"VERB"`
	JSON   bool   `help:"Write the records as JSON, one on each line."`
}

func (auditListCmd) Help() string {
	return `A change is recorded when it begins and when it is over; the list shows the second, and a first alone where a crash came
between. People appear by a pseudonym that only this data folder's keys can tell, which is what --person does. Reading the log is
recorded too.

Examples:
  attune audit list --actor "nurse Kim" --from 2027-03-01
  attune audit list --person app:user-17 --what person
  attune audit list --what log --json`
}

func (c *auditListCmd) Run(ctx context.Context, s streams) error {
	want := audit.Filter{Actor: c.Actor, What: c.What, Own: c.What == "log" || strings.HasPrefix(c.What, "log.")}
	if err := c.into(&want); err != nil {
		return err
	}
	if c.What != "" && !slices.ContainsFunc(audit.Verbs(), func(v audit.Verb) bool {
		return string(v.What) == c.What || strings.HasPrefix(string(v.What), c.What+".")
	}) {
		return badInput{fmt.Errorf("nothing is recorded as %q: attune audit verbs lists what there is", c.What)}
	}
	if c.Person != "" {
		people, err := auditedAs(ctx, c.Data, c.Person)
		if err != nil {
			return err
		}
		want.People = people
	}
	records, err := audit.Over(ctx, app.AuditDir(c.Data), want)
	if err != nil {
		return err
	}
	for i := range records {
		if c.JSON {
			if err := writeLine(s, &records[i]); err != nil {
				return err
			}
			continue
		}
		writeRecord(s, &records[i])
	}
	fmt.Fprintf(s.err, "%d records\n", len(records))
	return nil
}

// auditedAs is what a person is called in the log.
func auditedAs(ctx context.Context, data, who string) ([]string, error) {
	i, p, err := find(ctx, data, who)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	return i.AuditedPerson(p)
}

func writeRecord(s streams, r *audit.Record) {
	fmt.Fprintf(s.out, "%6d  %s  %-18s %s", r.Number, minutes(r.At), r.What, r.Actor.Words())
	if r.Via != "" {
		fmt.Fprintf(s.out, ", by %s", r.Via)
	}
	switch r.Outcome {
	case audit.Refused:
		fmt.Fprint(s.out, "; refused")
		if r.Why != "" {
			fmt.Fprintf(s.out, ": %s", r.Why)
		}
	case audit.Begun:
		fmt.Fprint(s.out, "; begun, and its end is not recorded")
	case audit.Done:
	}
	fmt.Fprintln(s.out)
	var rest []string
	if r.Object != nil {
		rest = append(rest, strings.TrimSpace(r.Object.Kind+" "+r.Object.ID))
	}
	if n := len(r.People); n > 3 {
		rest = append(rest, fmt.Sprintf("%d people", n))
	} else if n > 0 {
		rest = append(rest, "about "+strings.Join(r.People, ", "))
	}
	if r.Reason != "" {
		rest = append(rest, "because: "+r.Reason)
	}
	if r.Frames != nil {
		rest = append(rest, fmt.Sprintf("commits %d to %d of the history", r.Frames.From, r.Frames.To))
	}
	if r.Next != "" {
		rest = append(rest, "names the next key "+r.Next)
	}
	if r.Cut != nil {
		rest = append(rest, fmt.Sprintf("%d bytes", r.Cut.Bytes))
	}
	if len(rest) > 0 {
		fmt.Fprintf(s.out, "%26s%s\n", "", strings.Join(rest, "; "))
	}
}

type auditLooksCmd struct {
	Who string `arg:"" help:"The person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	auditSpan
	JSON bool `help:"Write JSON."`
}

func (auditLooksCmd) Help() string {
	return `What a person may ask of those who look after them: who looked at what is recorded of me, when, and by what way; and who
changed something about me. It goes back as far as the log does, through every record that became part of theirs.

Example: attune audit looks app:user-17`
}

func (c *auditLooksCmd) Run(ctx context.Context, s streams) error {
	people, err := auditedAs(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	want := audit.Filter{People: people}
	if err := c.into(&want); err != nil {
		return err
	}
	records, err := audit.Over(ctx, app.AuditDir(c.Data), want)
	if err != nil {
		return err
	}
	looks := audit.Looks(records)
	if c.JSON {
		return s.asJSON(looks)
	}
	for _, l := range looks {
		fmt.Fprintf(s.out, "%s  %s, by %s\n%18s%s\n", minutes(l.At), l.Who, cmp.Or(l.Via, "itself"), "", l.Says)
		if l.End != audit.Done {
			fmt.Fprintf(s.out, "%18sIt was %s.\n", "", l.End)
		}
	}
	fmt.Fprintf(s.err, "%d times\n", len(looks))
	return nil
}

type auditVerifyCmd struct {
	Path string `arg:"" optional:"" help:"A log, or one file of it, that was copied from a data folder. Without it the data folder's is verified, and with it the history." type:"path"`
	dataFolder
	Witness   string `help:"The witness's file, to find a cut of the end." type:"path" placeholder:"FILE"`
	PublicKey string `help:"A file with the public key, as attune audit key prints it, to tell whose log it is." type:"path" placeholder:"FILE"`
	History   string `help:"A folder with a copy of history.db, to hold against what the log says of it." type:"path" placeholder:"FOLDER"`
	From      int64  `help:"The record that the log begins with, where older files were put elsewhere." placeholder:"NUMBER"`
	JSON      bool   `help:"Write JSON."`
}

func (auditVerifyCmd) Help() string {
	return `Nothing but the log is needed, so an outsider can do it on a copy: the folder audit of a data folder, or one file of it.
Without --witness nobody can tell that lines are gone from the end; without --public-key nobody can tell that everything was
written anew. Take both from where they were put before, and not from the folder in question. The exit status is 1 where something
is wrong.

Examples:
  attune audit verify --data data --witness /mnt/elsewhere/attune.witness --public-key attune-audit.pub
  attune audit verify copy/audit --witness attune.witness --public-key attune-audit.pub --history copy`
}

// verified is what was found, for people and scripts.
type verified struct {
	*audit.Verified
	Sound   bool                 `json:"sound"`
	History *app.HistoryVerified `json:"history,omitempty"`
}

func (c *auditVerifyCmd) Run(ctx context.Context, s streams) error {
	trust := audit.Trust{Witness: c.Witness, First: c.From}
	if c.PublicKey != "" {
		key, err := audit.ReadPublicKey(c.PublicKey)
		if err != nil {
			return err
		}
		trust.Key = key
	}
	path, history := c.Path, c.History
	if path == "" {
		path, history = app.AuditDir(c.Data), cmp.Or(history, c.Data)
	}
	v, err := audit.Verify(ctx, path, trust)
	if err != nil {
		return err
	}
	out := verified{Verified: v, Sound: v.Sound()}
	if history != "" && len(v.Frames) > 0 {
		h, err := app.VerifyHistory(ctx, history, v.Frames)
		if err != nil {
			return err
		}
		out.History, out.Sound = &h, out.Sound && len(h.Problems) == 0
	}
	if c.JSON {
		err = s.asJSON(out)
	} else {
		c.tell(s, &out)
	}
	if err == nil && !out.Sound {
		err = errTold
	}
	return err
}

func (c *auditVerifyCmd) tell(s streams, v *verified) {
	for _, p := range v.Problems {
		fmt.Fprintf(s.out, "record %d (%s, byte %d): %s\n", p.Record, filepath.Base(p.File), p.Byte, p.Says)
	}
	if v.More > 0 {
		fmt.Fprintf(s.out, "and %d more problems\n", v.More)
	}
	if v.History != nil {
		for _, p := range v.History.Problems {
			fmt.Fprintf(s.out, "history: %s\n", p)
		}
	}
	fmt.Fprintf(s.out, "%d records, %d to %d; %d checkpoints by %d keys\n", v.Records, v.First, v.Last, v.Checkpoints, len(v.Keys))
	if v.Signed > 0 {
		fmt.Fprintf(s.out, "signed up to record %d, %s; %d came later\n", v.Signed, minutes(v.SignedAt), v.Last-v.Signed)
	} else {
		fmt.Fprintln(s.out, "nothing of it is signed")
	}
	if v.Witnessed > 0 {
		fmt.Fprintf(s.out, "the witness knows it up to record %d\n", v.Witnessed)
	} else {
		fmt.Fprintln(s.out, "held against no witness: a cut of the end would not be seen")
	}
	if c.PublicKey == "" {
		fmt.Fprintln(s.out, "held against no public key: a log written anew would not be seen")
	}
	for _, r := range v.Repairs {
		fmt.Fprintf(s.out, "a crash left something unfinished before record %d, which was set aside\n", r)
	}
	if v.History != nil {
		fmt.Fprintf(s.out, "%d commits of the history were held against %d hashes; %d came later\n", v.History.Commits, v.History.Hashes, v.History.Newer)
	}
	if v.Sound {
		fmt.Fprintln(s.out, "sound")
	} else {
		fmt.Fprintln(s.out, "NOT SOUND")
	}
}

type auditKeyCmd struct {
	dataFolder
}

func (auditKeyCmd) Help() string {
	return `It is an Ed25519 key, as 64 hexadecimal digits. Keep it, and the witness, where nobody reaches them who can write the data
folder.

Example: attune audit key > attune-audit.pub`
}

func (c *auditKeyCmd) Run(s streams) error {
	text, err := os.ReadFile(app.PublicKeyPath(c.Data))
	if os.IsNotExist(err) {
		return fmt.Errorf("%s has no audit key yet: it is made when something is first recorded", c.Data)
	}
	if err == nil {
		_, err = s.out.Write(text)
	}
	return err
}

type auditRotateCmd struct {
	dataFolder
}

func (auditRotateCmd) Help() string {
	return `The old key signs a checkpoint that names the new one, and nothing afterwards. Whoever kept the old public key can go on
verifying with it. It may be done while a server runs.

Example: attune audit rotate --data data`
}

func (c *auditRotateCmd) Run(s streams) error {
	key, err := app.RotateAuditKey(c.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s signs from now on\n", key)
	return nil
}

type auditVerbsCmd struct{}

func (auditVerbsCmd) Help() string { return `Example: attune audit verbs` }

func (auditVerbsCmd) Run(s streams) error {
	for _, v := range audit.Verbs() {
		fmt.Fprintf(s.out, "%-18s %-14s %s\n", v.What, v.Sort, v.Means)
	}
	return nil
}
