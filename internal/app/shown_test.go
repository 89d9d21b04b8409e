package app

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/insight"
	"attune/internal/store"
)

// Whoever was told of some people today is not told of all of them but a few, though the server was started anew in between, and though
// people have other places in memory then. What they were told they are told again; tomorrow they may ask anew.
func TestARestartForgetsNoQuestion(t *testing.T) {
	t.Parallel()
	w, dir := worldOf(t, 120, 90)
	n, clock := w.Node, w.Clock
	now := clock.Now()
	ask := func(n *Node, day int) error {
		t.Helper()
		i, err := n.inspector(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx := api.WithPrincipal(t.Context(), &access.Principal{Kind: "account", ID: "anna", Name: "x", Roles: []access.Role{access.Analyst}})
		_, err = i.Lived(ctx, LivedOf{Program: "diabetes", AsOf: now, From: now.Add(-instant.Duration(day) * instant.Day)})
		return err
	}
	if err := n.gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	one, other := apartByFew(t, n, now)
	if err := ask(n, one); err != nil {
		t.Fatalf("of %d days: %v", one, err)
	}
	again := func(at func() instant.Time) *Node {
		t.Helper()
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if n, err = Open(t.Context(), Options{Data: dir, Organisation: "demo", Now: at, Relaxed: true}); err != nil {
			t.Fatal(err)
		}
		if err := n.gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	again(clock.Now)
	t.Cleanup(func() { _ = n.Close() })
	var p *api.Problem
	if err := ask(n, other); !errors.As(err, &p) || p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, "nearly the same people") {
		t.Errorf("of %d days, after %d: %v", other, one, err)
	}
	if err := ask(n, one); err != nil {
		t.Errorf("what was told is not told again: %v", err)
	}
	named := func(who id.Person) (rows int) {
		t.Helper()
		p := n.facts.Pseudonym(who)
		if err := n.shownTo.db.QueryRowContext(t.Context(), `SELECT count(*) FROM numbered WHERE instr(who, ?) > 0`, p[:]).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	forgot := false
	err := n.People.Each(t.Context(), func(r store.Row) error {
		if forgot || named(r.Person) == 0 {
			return nil
		}
		forgot = true
		if err := n.shownTo.Forget(t.Context(), r.Person); err != nil {
			return err
		}
		if named(r.Person) != 0 {
			t.Error("who is erased is named in what was shown")
		}
		return nil
	})
	if err != nil || !forgot {
		t.Errorf("%v; somebody was forgotten: %v", err, forgot)
	}
	if err := ask(n, other); err == nil {
		t.Error("after somebody was erased, the difference is told")
	}
	again(func() instant.Time { return now.Add(instant.Day) })
	if err := ask(n, other); err != nil {
		t.Errorf("tomorrow: %v", err)
	}
	var left int
	if err := n.shownTo.db.QueryRowContext(t.Context(), `SELECT count(*) FROM shown`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d questions are kept, %v; the one of today was asked", left, err)
	}
}

// apartByFew are two windows in days, each of enough people, that differ by one to ten.
func apartByFew(t *testing.T, n *Node, now instant.Time) (one, other int) {
	t.Helper()
	was := -1
	for day := 1; day < 120; day++ {
		c, err := n.facts.Columns.Cohort(n.live().Programs[0], insight.Filter{AsOf: now, From: now.Add(-instant.Duration(day) * instant.Day)})
		if err != nil {
			t.Fatal(err)
		}
		if was >= 11 && len(c) > was && len(c) < was+11 {
			return day - 1, day
		}
		was = len(c)
	}
	t.Fatal("no two windows differ by a few people, so this shows nothing")
	return 0, 0
}
