package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
	"attune/internal/sqlitefile"
)

// shownName is the file of what was told to whom today.
const shownName = "shown.db"

// mostRuns bounds what is remembered of all cohorts of a day, in numbers of four bytes; what is more is refused.
const mostRuns = 1 << 24

// cohortGuards remember of which cohorts everybody saw numbers on a day. It is in a file before the numbers are told, so that a restart
// forgets nothing: whoever asks twice is refused what their two questions tell by their difference, whatever happened between them. A folder
// is served by one process at a time, which holds its lock, so nobody else tells anything of these people.
//
// Cohorts are of numbers that people have for the day alone. The file says whose they are, by pseudonym, in the order of the numbers.
type cohortGuards struct {
	db *sql.DB
	// pseudonym is what stands for somebody.
	pseudonym func(id.Person) insight.Pseudonym

	mu sync.Mutex
	// columns are those whose case numbers are meant.
	columns  *insight.Columns
	day      int64
	read     bool
	runs     int
	of       map[asksOf]*disclose.Guard
	numbered map[string]*numbers
}

// asksOf is who asks what, and about which program.
type asksOf struct{ who, program string }

// numbers are those of a program's people.
type numbers struct {
	// kept are how many the file has, and earlier those of a process before this one.
	kept    int
	earlier map[insight.Pseudonym]uint32
	// of are the numbers by case.
	of []uint32
}

const shownSchema = `CREATE TABLE IF NOT EXISTS numbered (day INTEGER NOT NULL, program TEXT NOT NULL, first INTEGER NOT NULL, who BLOB NOT NULL, PRIMARY KEY (day, program, first)) STRICT;
CREATE TABLE IF NOT EXISTS shown (day INTEGER NOT NULL, program TEXT NOT NULL, asks TEXT NOT NULL, n INTEGER NOT NULL, cohort BLOB NOT NULL, PRIMARY KEY (day, program, asks, n)) STRICT;`

func openShown(ctx context.Context, path string, pseudonym func(id.Person) insight.Pseudonym) (*cohortGuards, error) {
	db, err := sqlitefile.Open(ctx, path, false)
	if err != nil {
		return nil, fmt.Errorf("open what was shown: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, shownSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open what was shown: %w", err), db.Close())
	}
	return &cohortGuards{db: db, pseudonym: pseudonym}, nil
}

// ask refuses numbers of a cohort that would tell of few people beside those about the same that were shown before on the same day.
func (g *cohortGuards) ask(ctx context.Context, about, program string, now instant.Time, columns *insight.Columns, cases []uint32) error {
	if seesFew(ctx) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.columns != columns {
		g.columns, g.read = columns, false
	}
	if err := g.today(ctx, int64(now)/int64(instant.Day)); err != nil {
		return fmt.Errorf("read what was shown: %w", err)
	}
	all, fresh := g.number(program, cases)
	p := api.PrincipalOf(ctx)
	asks := asksOf{p.Kind + "\x00" + p.ID + "\x00" + about, program}
	was := disclose.Guard{}
	if known := g.of[asks]; known != nil {
		was.Shown = known.Shown
	}
	before := len(was.Shown)
	cohort := disclose.CohortOf(all)
	answer, err := was.Ask(disclose.Rule{}, cohort)
	if err != nil {
		return err
	}
	added := len(was.Shown) > before
	if added && g.runs+cohort.Size() > mostRuns {
		answer, added = disclose.Enough, false
	}
	if answer != disclose.May {
		g.unnumber(program, fresh)
		return api.Refused("", "These numbers are not told: "+answer.String()+".", "ask somebody of the care team, who may see lists of people")
	}
	if !added {
		g.unnumber(program, fresh)
		return nil
	}
	if err := g.keep(ctx, asks, fresh, before, cohort); err != nil {
		g.unnumber(program, fresh)
		return fmt.Errorf("keep what is shown: %w", err)
	}
	g.numbered[program].kept += len(fresh)
	g.of[asks], g.runs = &was, g.runs+cohort.Size()
	return nil
}

// today forgets other days, and reads what a process before this one has told today.
func (g *cohortGuards) today(ctx context.Context, day int64) error {
	if g.read && day == g.day {
		return nil
	}
	g.read, g.runs, g.of, g.numbered = false, 0, map[asksOf]*disclose.Guard{}, map[string]*numbers{}
	for _, q := range []string{`DELETE FROM numbered WHERE day <> ?`, `DELETE FROM shown WHERE day <> ?`} {
		if _, err := g.db.ExecContext(ctx, q, day); err != nil {
			return err
		}
	}
	err := g.each(ctx, `SELECT program, '', first, who FROM numbered WHERE day = ? ORDER BY program, first`, day, func(program, _ string, first int, who []byte) error {
		x := g.numbered[program]
		if x == nil {
			x = &numbers{earlier: map[insight.Pseudonym]uint32{}}
			g.numbered[program] = x
		}
		if first != x.kept || len(who)%len(insight.Pseudonym{}) != 0 {
			return fmt.Errorf("the people of %s are not in order", program)
		}
		for ; len(who) > 0; who = who[len(insight.Pseudonym{}):] {
			x.earlier[insight.Pseudonym(who[:len(insight.Pseudonym{})])] = uint32(x.kept)
			x.kept++
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = g.each(ctx, `SELECT program, asks, n, cohort FROM shown WHERE day = ? ORDER BY program, asks, n`, day, func(program, who string, _ int, b []byte) error {
		var c disclose.Cohort
		if err := c.UnmarshalBinary(b); err != nil {
			return err
		}
		asks := asksOf{who, program}
		if g.of[asks] == nil {
			g.of[asks] = &disclose.Guard{}
		}
		g.of[asks].Shown = append(g.of[asks].Shown, c)
		g.runs += c.Size()
		return nil
	})
	g.day, g.read = day, err == nil
	return err
}

func (g *cohortGuards) each(ctx context.Context, query string, day int64, f func(program, asks string, n int, b []byte) error) (err error) {
	rows, err := g.db.QueryContext(ctx, query, day)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var program, asks string
		var n int
		var b []byte
		if err := rows.Scan(&program, &asks, &n, &b); err != nil {
			return err
		}
		if err := f(program, asks, n, b); err != nil {
			return err
		}
	}
	return rows.Err()
}

// none is no number.
const none = math.MaxUint32

// number gives the numbers of cases, and tells the cases that have theirs from now on.
func (g *cohortGuards) number(program string, cases []uint32) (all, fresh []uint32) {
	x := g.numbered[program]
	if x == nil {
		x = &numbers{}
		g.numbered[program] = x
	}
	for _, who := range g.columns.Numbered(program, len(x.of)) {
		n, known := x.earlier[who]
		if !known {
			n = none
		}
		x.of = append(x.of, n)
	}
	next := uint32(x.kept)
	for _, c := range cases {
		if x.of[c] == none {
			x.of[c] = next
			next++
			fresh = append(fresh, c)
		}
		all = append(all, x.of[c])
	}
	return all, fresh
}

// unnumber takes numbers back that nothing was kept under.
func (g *cohortGuards) unnumber(program string, fresh []uint32) {
	for _, c := range fresh {
		g.numbered[program].of[c] = none
	}
}

func (g *cohortGuards) keep(ctx context.Context, asks asksOf, fresh []uint32, n int, cohort disclose.Cohort) error {
	b, err := cohort.MarshalBinary()
	if err != nil {
		return err
	}
	tx, err := g.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if len(fresh) > 0 {
		var who []byte
		for _, p := range g.columns.Pseudonyms(asks.program, fresh) {
			who = append(who, p[:]...)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO numbered VALUES (?, ?, ?, ?)`, g.day, asks.program, g.numbered[asks.program].kept, who); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO shown VALUES (?, ?, ?, ?, ?)`, g.day, asks.program, asks.who, n, b); err != nil {
		return err
	}
	return tx.Commit()
}

// Forget takes out whose number somebody's was. The number stays in the cohorts, and is nobody's.
func (g *cohortGuards) Forget(ctx context.Context, who id.Person) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pseudonym(who)
	type place struct {
		row int64
		who []byte
	}
	var found []place
	rows, err := g.db.QueryContext(ctx, `SELECT rowid, who FROM numbered WHERE instr(who, ?) > 0`, p[:])
	if err != nil {
		return err
	}
	for rows.Next() && err == nil {
		var x place
		if err = rows.Scan(&x.row, &x.who); err == nil {
			found = append(found, x)
		}
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, x := range found {
		for at := 0; at < len(x.who); at += len(p) {
			if bytes.Equal(x.who[at:at+len(p)], p[:]) {
				clear(x.who[at : at+len(p)])
			}
		}
		if _, err := g.db.ExecContext(ctx, `UPDATE numbered SET who = ? WHERE rowid = ?`, x.who, x.row); err != nil {
			return err
		}
	}
	for _, x := range g.numbered {
		delete(x.earlier, p)
	}
	return sqlitefile.Empty(ctx, g.db)
}

// Close closes the file.
func (g *cohortGuards) Close() error { return g.db.Close() }
