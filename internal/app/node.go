package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/contact"
	"attune/internal/delivery"
	"attune/internal/delivery/capture"
	"attune/internal/delivery/human"
	"attune/internal/delivery/reputation"
	"attune/internal/erasure"
	"attune/internal/eventlog"
	"attune/internal/eventlog/sqlitelog"
	"attune/internal/finder"
	"attune/internal/history"
	"attune/internal/insight"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/proposal"
	"attune/internal/records"
	"attune/internal/request"
	"attune/internal/returns"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/staff"
	"attune/internal/store"
	"attune/internal/store/sqlite"
	"attune/internal/webhook"
)

// Options say which data folder to open and how.
type Options struct {
	// Data is the folder that everything is kept in.
	Data string
	// Organisation names whose data it is. The name at a folder's first start is bound into everything
	// sealed and kept.
	Organisation string
	// Release begins a new data folder. One that has people already goes on with what was published in it.
	Release *release.Release
	// Now is the clock; nil is the machine's.
	Now func() instant.Time
	// Wall is the clock of whoever works with the node, where Now is that of people who do not exist; nil
	// is the machine's.
	Wall func() instant.Time
	// Channels carry messages, each what it is named after; the capture box takes what none carries.
	Channels []delivery.Channel
	// Limits are those of channels, by name.
	Limits map[string]delivery.Limits
	// Ceiling bounds what one engagement says within an hour and a day.
	Ceiling delivery.Ceiling
	// Carrier wraps each channel, so that a simulation sees what is handed over. May be nil.
	Carrier func(delivery.Channel) delivery.Channel
	// Back says what comes back of messages, and Texts what does of text messages.
	Back  MailBack
	Texts TextsBack
	// Services are where calls go, and Outbound names those that may be called inside the network.
	Services []webhook.Service
	Outbound []string
	// MailRecords tells what has to stand in the DNS for e-mail to arrive; nil where none is sent.
	MailRecords func() ([]DNSRecord, error)
	// Public is where staff reach the server from elsewhere, over https; empty where nothing is known of that.
	Public string
	// Watch is told of every commit, after delivery was. May be nil.
	Watch func(runner.Change)
	// Relaxed lets a power cut take the newest commits. Only for demonstrations, which begin anew each time.
	Relaxed bool
	// LearnAt is the time of day at which is learned from decisions, on the organisation's clock. Zero means half
	// past three.
	LearnAt instant.Duration
	// StaleAfter is how old what was learned may be that decides; zero means 48 hours.
	StaleAfter instant.Duration
	// CountAtOnce is how many records of the history are read before the node is open, to count whom programs lost;
	// the others are read while it works. Zero means 20,000; negative means as few as can be.
	CountAtOnce int
	// MaxBacklog bounds the events accepted and not yet applied. Zero means 100,000.
	MaxBacklog int
	// Witness is a file kept elsewhere that the audit log's checkpoints are copied to. Empty is the one named before.
	Witness string
	// Logger is told what operators should know; nil discards it.
	Logger *slog.Logger
}

// Node is one process's Attune over one data folder.
type Node struct {
	Options
	Keys       *seal.Keys
	Log        eventlog.Log
	People     store.People
	History    *history.History
	Directory  *identity.Directory
	Quarantine *intake.Quarantine
	Box        *capture.Box
	// Work is what the team carries, and where it tells how that went.
	Work     *human.Desk
	Intake   *intake.Intake
	Runner   *runner.Runner
	Delivery *delivery.Delivery
	Sources  *Sources
	// Requests are those that are open, and take answers; Calls makes those that go to services.
	Requests *request.Desk
	Calls    *webhook.Calls
	// Proposals carries what people's steps say to each other.
	Proposals *proposal.Post
	// Contacts are the contact points, and Returns takes what comes back of messages.
	Contacts *contact.Book
	Inbox    *returns.Inbox
	Returns  *returns.Desk

	// Records are what sources' records say.
	Records *records.Book
	// Finder finds people, and keeps which records may be of one.
	Finder *finder.Book
	// facts are what numbers are made of; gathering is held while they are read off the history.
	facts     *insight.Tail
	gathering sync.Mutex
	// decided is the newest commit in which something was decided since the start.
	decided atomic.Int64
	// shownTo are the cohorts of which people outside the care team saw numbers today.
	shownTo *cohortGuards
	// scans are the maps as the stream tells of them.
	scans scans
	// strolls are the journeys as the stream tells of them.
	strolls strolls

	// Reputation is the sending domain's; nil where no e-mail is sent.
	Reputation *reputation.Guard

	// Staff are the accounts of those who work here, and the tokens of scripts.
	Staff *staff.Book
	// staff answers commands about them, and forgot are addresses of whom a link for another password was asked for.
	staff  *staffDesk
	forgot chan string
	// ledger is that of erasures.
	ledger *erasure.Ledger
	// erasedAgain counts whom the ledger named at start, and who had a key.
	erasedAgain int
	// fence stands around restored data.
	fence fenced

	// audit is told what people and Attune itself do.
	audit *recorder
	// refusals are recorded together where they are many.
	refusals *refusals

	archive *archive
	// models are what was learned; learning is held while something is.
	models   *models
	learning sync.Mutex
	// compacting is held while the history is compacted.
	compacting sync.Mutex
	// orders are what people said about delivery, and guards what programs cost so far.
	orders *orders
	guards *guards
	// standing are the publications, the newest last.
	standing atomic.Pointer[[]standing]
	// publishing is held while something is published.
	publishing sync.Mutex

	// imports is the import under way; importing is done when none is.
	imports   imports
	importing sync.WaitGroup

	// asked are the calls that commands and the API make, by name, each a func(context.Context, In) (Out, error).
	asked map[string]any
	// glass is who opened whose record outside their panel.
	glass *glass
	// answers are those that the API gave lately, raises the ceilings that wait for a second person.
	answers *answers
	// uploads are files that were sent, to be imported.
	uploads *uploads
	// drafts are what programs may become.
	drafts *drafts
	// presence is who has which draft open.
	presence presence
	raises   raises
	// jobs are what takes long and was asked for over the API.
	jobs jobs

	// nudge wakes the loop.
	nudge atomic.Pointer[func()]

	closers []io.Closer
}

// poke lets a loop that rests look again.
func (n *Node) poke() {
	if f := n.nudge.Load(); f != nil {
		(*f)()
	}
}

// Open opens the data folder, making it when there is none, repairs what a crash left, and connects
// the parts. Nothing runs yet.
func Open(ctx context.Context, o Options) (_ *Node, err error) {
	if o.Now == nil {
		o.Now = func() instant.Time { return instant.Of(time.Now()) }
	}
	if o.Wall == nil {
		o.Wall = func() instant.Time { return instant.Of(time.Now()) }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	n := &Node{Options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	organisation, err := pin(o.Data, o.Organisation)
	if err != nil {
		return nil, err
	}
	n.Organisation = organisation
	if n.Keys, err = seal.Open(filepath.Join(o.Data, "keys"), organisation); err != nil {
		return nil, err
	}
	n.closers = append(n.closers, n.Keys)
	if n.glass, err = openGlass(o.Data, n.Keys); err != nil {
		return nil, err
	}
	n.drafts = openDrafts(o.Data, func() instant.Time { return n.Wall() })
	if n.uploads, err = openUploads(o.Data, func() time.Time { return n.Wall().Std() }); err != nil {
		return nil, err
	}
	if n.answers, err = openAnswers(ctx, filepath.Join(o.Data, "answers.db"), n.Keys.Secret("answers"), func() time.Time { return n.Wall().Std() }); err != nil {
		return nil, err
	}
	n.closers = append(n.closers, n.answers)
	if err := n.openAudit(); err != nil {
		return nil, err
	}
	if err := n.openLedger(); err != nil {
		return nil, err
	}
	if err := n.openReleases(); err != nil {
		return nil, err
	}
	if n.models, err = openModels(n.Data); err != nil {
		return nil, err
	}
	if o.StaleAfter > 0 {
		n.models.staleAfter = o.StaleAfter
	}
	if err := n.openFiles(ctx); err != nil {
		return nil, err
	}
	if n.Sources, err = OpenSources(o.Data); err != nil {
		return nil, err
	}
	if err := n.connect(ctx); err != nil {
		return nil, err
	}
	n.closers = append(n.closers, &n.jobs) // they end before what they read is closed
	return n, nil
}

func (n *Node) openFiles(ctx context.Context) error {
	report := func(err error) { n.Logger.Warn("a database's write-ahead log is not getting smaller", "error", err) }
	log, err := sqlitelog.Open(n.Data, sqlitelog.Config{Durability: durability(n.Relaxed, sqlitelog.Full, sqlitelog.Relaxed), Report: report})
	if err != nil {
		return err
	}
	n.Log = log
	n.closers = append(n.closers, log)
	cfg := sqlite.Config{Durability: durability(n.Relaxed, sqlite.Full, sqlite.Relaxed), Report: report}
	frames, err := sqlite.OpenHistory(n.Data, cfg)
	if err != nil {
		return err
	}
	n.closers = append(n.closers, frames)
	chunks, err := sqlite.OpenChunks(n.Data, cfg)
	if err != nil {
		return err
	}
	n.closers = append(n.closers, chunks)
	n.History = history.New(frames, chunks, n.Keys)
	n.facts = insight.NewTail(factSource{n.History, n.Keys}, n.Keys.Secret(factsSecret), n.Logger)
	if n.shownTo, err = openShown(ctx, filepath.Join(n.Data, shownName), n.facts.Pseudonym); err != nil {
		return err
	}
	n.closers = append(n.closers, n.shownTo)
	n.closers = append(n.closers, n.facts)
	matches, err := n.History.Matches(ctx)
	if err == nil && !matches {
		n.Logger.Warn("the chunks are not of this history: they are made anew")
		err = n.History.Reset(ctx)
	}
	if err != nil {
		return err
	}
	people, err := sqlite.OpenPeople(n.Data, cfg)
	if err != nil {
		return err
	}
	n.People = people
	n.closers = append(n.closers, people)
	if err := n.openStaff(ctx); err != nil {
		return err
	}
	if n.Directory, err = identity.Open(ctx, identity.Config{Path: filepath.Join(n.Data, "directory.db"), Secret: n.Keys.Secret("directory")}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Directory)
	if n.Quarantine, err = intake.OpenQuarantine(ctx, intake.QuarantineConfig{Path: filepath.Join(n.Data, "quarantine.db"), Secret: n.Keys.Secret("quarantine")}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Quarantine)
	if n.Box, err = capture.Open(ctx, capture.Config{File: filepath.Join(n.Data, "capture.db"), Name: "email", Sealer: sealer{n.Keys}, Relaxed: n.Relaxed}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Box)
	if err := n.openWork(ctx); err != nil {
		return err
	}
	if err := n.openFinder(ctx, report); err != nil {
		return err
	}
	return n.openReturns(ctx)
}

func durability[T any](relaxed bool, full, loose T) T {
	if relaxed {
		return loose
	}
	return full
}

// handOvers is how many hand-overs are under way at once over one channel that nothing is configured for.
const handOvers = 32

// connect wires the parts and settles what was in flight when the process last ended.
func (n *Node) connect(ctx context.Context) (err error) {
	channels := withBox(n.Channels, n.Box, n.Work.Queue)
	if err := n.guard(channels); err != nil {
		return err
	}
	if n.Carrier != nil {
		for i, c := range channels {
			channels[i] = n.Carrier(c)
		}
	}
	n.connectRequests()
	if err := n.openFence(); err != nil {
		return err
	}
	inputs := &inputs{}
	n.Delivery, err = delivery.New(delivery.Config{
		Inputs: inputs, Text: n.text, Channels: channels, Suppressed: n.suppressed, Shared: n.shared, Refused: n.refused, Doubted: n.fence.doubts, Unsubscribe: n.link(), Ticket: n.report(), MaxInFlight: handOvers, Limits: n.Limits, Ceiling: n.Ceiling, Teams: teams{n}, Logger: n.Logger,
	})
	if err != nil {
		return err
	}
	n.Runner, err = runner.Open(ctx, runner.Config{
		Slept: instant.Day,
		Log:   n.Log, People: n.People, History: n.History, Keys: n.Keys, Published: n.published(), ProjectKey: n.Keys.Secret(seedSecret),
		Models: n.models, Committed: n.committed,
	})
	if err != nil {
		return err
	}
	inputs.runner = n.Runner
	n.Directory.Follow(n.Runner.Forward)
	if n.orders, err = openOrders(n.Data); err != nil {
		return err
	}
	n.hold()
	n.lift()
	if err := n.recount(ctx); err != nil {
		return err
	}
	if err := n.openGuardrails(ctx); err != nil {
		return err
	}
	if err := n.upgrade(); err != nil {
		return err
	}
	n.Intake = &intake.Intake{
		Log: n.Log, Keys: sealer{n.Keys}, Directory: n.Directory, Catalogue: n.catalogue, Quarantine: n.Quarantine, Kinds: n.purposeKinds, Watch: &intake.Watch{},
		Now: func() time.Time { return n.Now().Std() }, Backlog: n.Runner.Behind, MaxBacklog: n.MaxBacklog,
	}
	n.Requests.Intake = n.Intake
	if err := n.openRecords(ctx); err != nil {
		return err
	}
	if err := n.connectProposals(); err != nil {
		return err
	}
	if err := n.resumeProposals(ctx); err != nil {
		return fmt.Errorf("find what is proposed to others: %w", err)
	}
	if err := n.resumeReturns(ctx); err != nil {
		return err
	}
	if err := n.resumeFinder(ctx); err != nil {
		return err
	}
	if err := n.resumeRequests(ctx); err != nil {
		return err
	}
	if err := n.finishErasures(ctx); err != nil {
		return err
	}
	return n.resume(ctx)
}

// committed tells everybody who acts upon commits.
func (n *Node) committed(c runner.Change) {
	n.Delivery.Committed(delivery.Commit{Person: c.Person, Gated: c.Gated, Waiting: c.Waiting, Effects: c.Effects})
	n.Requests.Committed(c.Person, c.Effects)
	n.Calls.Committed(c.Person, c.Effects)
	n.Proposals.Committed(c.Frame, c.Person, c.Effects)
	n.reached(c)
	n.called(c)
	n.guarded(c)
	n.facts.Told(c.Frame, c.Person, c.At, c.Heard, c.Effects)
	if slices.ContainsFunc(c.Effects, isFate) {
		n.decided.Store(c.Frame)
	}
	if n.Watch != nil {
		n.Watch(c)
	}
}

// resume watches what is due, and asks carriers what became of attempts nobody recorded.
func (n *Node) resume(ctx context.Context) error {
	var due []id.Person
	err := n.People.Waking(ctx, func(p id.Person, _, at instant.Time) error {
		if at != instant.Never {
			due = append(due, p)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load what is due: %w", err)
	}
	for _, who := range due {
		p, ok, err := n.Runner.Person(ctx, who)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		n.Delivery.Watch(who, p.Waiting())
		if err := n.Delivery.Reconcile(ctx, &p); err != nil {
			n.Logger.Warn("an attempt's carrier did not say what became of it", "error", err)
		}
	}
	return nil
}

// Close closes what is open, last first.
func (n *Node) Close() error {
	var err error
	for i := len(n.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, n.closers[i].Close())
	}
	n.closers = nil
	return err
}

// seedSecret is the purpose of the secret from which people's seeds derive.
const seedSecret = "seeds"

// inputs lets delivery be made before the runner it speaks to.
type inputs struct{ runner *runner.Runner }

func (i *inputs) Submit(p id.Person, what engine.What) { i.runner.Submit(p, what) }

// sealer speaks of kinds as plain words, as intake and channels do.
type sealer struct{ keys *seal.Keys }

func (s sealer) Ensure(people ...id.Person) error { return s.keys.Ensure(people...) }

func (s sealer) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	return s.keys.Seal(p, seal.Kind(kind), name, plain)
}

func (s sealer) Open(p id.Person, kind string, name, sealed []byte) ([]byte, error) {
	return s.keys.Open(p, seal.Kind(kind), name, sealed)
}
