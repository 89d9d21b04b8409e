// Command attune is the whole of Attune: the server, the demonstration, and the tools to look into
// both. Run it with --help.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

const about = `Attune engages patients: it takes in what happens, decides what to say to whom and when,
says it within consent and contact hours, and can tell why.

Begin with "attune demo": a thousand people who do not exist, on http://localhost:8080.`

type commands struct {
	Demo       demoCmd       `cmd:"" help:"Start a living demonstration with people who do not exist."`
	Serve      serveCmd      `cmd:"" help:"Run a program for real people."`
	Validate   validateCmd   `cmd:"" help:"Check a program's folder and say everything that is wrong with it."`
	Schema     schemaCmd     `cmd:"" help:"Let editors complete and check a program's files."`
	Standards  standardsCmd  `cmd:"" help:"Report where programs stand against the standards they are under."`
	Approve    approveCmd    `cmd:"" help:"Sign texts, or show who approved which."`
	Test       testCmd       `cmd:"" help:"Tell a program's stories, and show which go another way."`
	Explain    explainCmd    `cmd:"" help:"Say in plain words what a program or one of its rules means, and when it last fired."`
	Journey    journeyCmd    `cmd:"" help:"Write a journey on paper, for who reviews it."`
	Content    contentCmd    `cmd:"" help:"Write what an engagement says on paper, for who approves it."`
	Simulate   simulateCmd   `cmd:"" help:"Let people who do not exist live under a program, and report."`
	Decide     decideCmd     `cmd:"" help:"Let the decision engine live in a world of yours, over JSON Lines."`
	Population populationCmd `cmd:"" help:"Try a decision engine in a world of patients who do not exist."`
	Import     importCmd     `cmd:"" help:"Read the records of another system: FHIR R4."`
	Backtest   backtestCmd   `cmd:"" help:"Play real history through another version of the programs, and report."`
	Evaluate   evaluateCmd   `cmd:"" help:"Tell what a policy would have earned on a log, or what engaging changes in a trial."`
	Mine       mineCmd       `cmd:"" help:"Find the journey in a log of events: what follows what, how long it takes, and who leaves."`
	Learn      learnCmd      `cmd:"" help:"Find out what messages did, let decisions go by it, and report."`
	Models     modelsCmd     `cmd:"" help:"List what was learned, and what changed by it."`
	Library    libraryCmd    `cmd:"" help:"Share what worked with other organisations, and begin from what worked there; no patients."`
	Publish    publishCmd    `cmd:"" help:"Put programs live, for people who live under the former ones too; or undo that."`
	Releases   releasesCmd   `cmd:"" help:"List what was published, and how many people live under what."`
	Pull       pullCmd       `cmd:"" help:"Write the files of a release back, byte for byte."`
	Attention  attentionCmd  `cmd:"" help:"Passages through journeys that cannot go on by themselves."`
	Events     eventsCmd     `cmd:"" help:"The events that rules may use, those that arrived undeclared, and how to declare them."`
	Quarantine quarantineCmd `cmd:"" help:"Events that could not be used: why, what they say, and sending them again."`
	Reach      reachCmd      `cmd:"" help:"Count whom a program engaged, and why the others were not."`
	Export     exportCmd     `cmd:"" help:"Export what other engines can go on with."`
	Audience   audienceCmd   `cmd:"" help:"Say what a condition means, and who is in an audience that has it."`
	Map        mapCmd        `cmd:"" help:"Show what happens on a program's map."`
	Report     reportCmd     `cmd:"" help:"Report what became of people, what it cost and what it was worth."`
	Why        whyCmd        `cmd:"" help:"Say why something was said to a person, or nothing was."`
	Decisions  decisionsCmd  `cmd:"" help:"List what was decided about people, the newest first: what was said, and what was not and why."`
	Replay     replayCmd     `cmd:"" help:"Make a person's decisions once more, and compare them with the record."`
	Story      storyCmd      `cmd:"" help:"Tell what happened to one person, and why."`
	Thread     threadCmd     `cmd:"" help:"Tell what somebody was told about a patient, and what came back."`
	Person     personCmd     `cmd:"" help:"Show one person's state as it is now."`
	Work       workCmd       `cmd:"" help:"What programs asked of people and systems outside, and answers to it."`
	Inbox      inboxCmd      `cmd:"" help:"What people wrote that a human must look at."`
	Contacts   contactsCmd   `cmd:"" help:"Addresses: which may not be used any more, and which are somebody's own."`
	Touch      touchCmd      `cmd:"" help:"Show everything about one touch: why, when, what was said, and what became of it."`
	Deadletter deadletterCmd `cmd:"" help:"Touches that came to their end because of their carrier; and put them back."`
	May        mayCmd        `cmd:"" help:"Say whether a message may reach a person at an instant, and why not."`
	People     peopleCmd     `cmd:"" help:"Find people, and say whether two records are one person's."`
	Hold       holdCmd       `cmd:"" help:"Leave somebody alone for a while, or say that it is over."`
	Note       noteCmd       `cmd:"" help:"Write into somebody's record: a note, what they told, a call or a visit."`
	Erase      eraseCmd      `cmd:"" help:"Erase somebody for good: one person asks for it, another confirms it."`
	Consent    consentCmd    `cmd:"" help:"What people said about consent, and what a message rested on."`
	Channels   channelsCmd   `cmd:"" help:"Show how each channel does: what waits, what is under way, and whether its carrier answers."`
	Ceiling    ceilingCmd    `cmd:"" help:"How much each engagement said lately, and letting one say more than its ceiling."`
	Pause      pauseCmd      `cmd:"" help:"Stop handing over: everything, or a channel, a program, a journey, an engagement."`
	Resume     resumeCmd     `cmd:"" help:"End a pause."`
	Keys       keysCmd       `cmd:"" help:"Write keys for sources, and sign-in links for staff."`
	Staff      staffCmd      `cmd:"" help:"Accounts of those who work here: invitations, roles, and their end."`
	Tokens     tokensCmd     `cmd:"" help:"Tokens by which scripts and other systems ask as themselves."`
	Service    serviceCmd    `cmd:"" help:"Other systems that have an account, and prove who they are by their keys."`
	Email      emailCmd      `cmd:"" help:"Signing of e-mails, what it needs in the DNS, and the standing of the domain."`
	Audit      auditCmd      `cmd:"" help:"Who looked at whom and who did what; and whether anybody changed that record."`
	Backup     backupCmd     `cmd:"" help:"Copy a data folder, beside the server that runs on it."`
	Restore    restoreCmd    `cmd:"" help:"Make a data folder from a backup; and let it speak again."`
	Doctor     doctorCmd     `cmd:"" help:"Look whether a data folder is whole, and count what is in it."`
}

// streams is where commands write.
type streams struct{ out, err io.Writer }

// failed is an outcome that was already told; only the exit status remains.
var errTold = errors.New("already told")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr}))
}

func run(ctx context.Context, args []string, s streams) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli, kong.Name("attune"), kong.Description(about), kong.UsageOnError(), kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "attune:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // help was shown
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "attune: %v\nTry attune --help.\n", err)
		return 2
	}
	if err := runRecorded(ctx, k); err != nil {
		if !errors.Is(err, errTold) {
			fmt.Fprintln(s.err, "attune:", err)
		}
		if _, bad := errors.AsType[badInput](err); bad {
			return 2
		}
		return 1
	}
	return 0
}

// badInput is an error in what was given, where a command tells that apart by its exit status.
type badInput struct{ error }

func (e badInput) Unwrap() error { return e.error }

// asJSON writes one value for a script.
func (s streams) asJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// dataFolder is how every command names the folder.
type dataFolder struct {
	Data string `help:"The data folder." default:"data" env:"ATTUNE_DATA" type:"path"`
}
