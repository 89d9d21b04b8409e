package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/app"
)

type tokensCmd struct {
	Add    tokensAddCmd    `cmd:"" help:"Make a token for a script or another system, and show it this once."`
	List   tokensListCmd   `cmd:"" help:"List the tokens there are."`
	Revoke tokensRevokeCmd `cmd:"" help:"Take a token away, at once."`
}

func (tokensCmd) Help() string {
	return `A token lets a script or another system ask as itself: Authorization: Bearer att_… It has roles like an account, and may have less than
they permit. Only a hash of it is kept. It ends by itself, within a year.`
}

type tokensAddCmd struct {
	Name string `arg:"" help:"What it is for, such as nightly-report."`
	dataFolder
	Role       []string `help:"A role; may be given several times. attune staff --help tells which there are; service is for systems that send events." required:"" placeholder:"ROLE"`
	Permission []string `help:"Only this of what the roles permit; may be given several times." placeholder:"PERMISSION"`
	Programs   []string `name:"program" help:"Only people of this program; may be given several times." placeholder:"PROGRAM"`
	Purpose    []string `help:"Only for this purpose; may be given several times." placeholder:"PURPOSE"`
	Expires    string   `help:"When it ends: 90d, 12h." default:"90d" placeholder:"TIME"`
	JSON       bool     `help:"Write JSON."`
}

func (tokensAddCmd) Help() string {
	return `Example: attune tokens add nightly-report --role analyst --permission people.report --expires 30d`
}

func (c *tokensAddCmd) Run(ctx context.Context, s streams) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return err
	}
	lasts, err := parseLasting(c.Expires)
	if err != nil {
		return err
	}
	t := app.Token{Name: c.Name, Roles: roles, Programs: c.Programs, Purposes: c.Purpose, Ends: time.Now().Add(lasts)}
	for _, p := range c.Permission {
		t.Permits = append(t.Permits, access.Permission(p))
	}
	out, err := app.AddToken(ctx, c.Data, t)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	fmt.Fprintln(s.out, out.Secret)
	fmt.Fprintf(s.err, "This is the token %q, until %s. It is not kept and cannot be shown again.\n", out.Name, out.Ends.Format(time.DateOnly))
	return nil
}

// parseLasting reads how long something lasts, in days or as Go writes times.
func parseLasting(written string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(written, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 10_000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(written)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("--expires %s is no length of time: write it as 90d or 12h", written)
	}
	return d, nil
}

type tokensListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *tokensListCmd) Run(ctx context.Context, s streams) error {
	all, err := app.TokensIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(all)
	}
	for i := range all {
		t := &all[i]
		used := "never used"
		if !t.Used.IsZero() {
			used = "used " + t.Used.Format(time.DateOnly)
		}
		fmt.Fprintf(s.out, "%s\t%s\t%s\tuntil %s\t%s\n", t.Name, joined(t.Roles), joined(t.Permits), t.Ends.Format(time.DateOnly), used)
	}
	return nil
}

type tokensRevokeCmd struct {
	Name string `arg:"" help:"The token's name."`
	dataFolder
}

func (c *tokensRevokeCmd) Run(ctx context.Context, _ streams) error {
	return app.RevokeToken(ctx, c.Data, c.Name)
}
