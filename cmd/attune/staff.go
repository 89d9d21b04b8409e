package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/access"
	"attune/internal/app"
)

type staffCmd struct {
	Invite  staffInviteCmd  `cmd:"" help:"Make an account for somebody, and a link by which they choose a password."`
	List    staffListCmd    `cmd:"" help:"List the accounts of staff."`
	Role    staffRoleCmd    `cmd:"" help:"Give somebody other roles or programs."`
	Disable staffDisableCmd `cmd:"" help:"End somebody's access, at once."`
	Enable  staffEnableCmd  `cmd:"" help:"Give somebody their access back."`
	Reset   staffResetCmd   `cmd:"" help:"Make a link by which somebody chooses another password."`
}

func (staffCmd) Help() string {
	return `Each member of staff has an account of their own, with roles that say what they may do, and perhaps programs whose
people are theirs. They sign in with a password and a second factor. Links are sent where the server has a mail server and
a public_url, and printed otherwise: whoever has a link has the account, so pass it on with care. Each works once.

Roles:
` + rolesHelp()
}

func rolesHelp() string {
	var b strings.Builder
	for _, r := range access.Roles() {
		if r.Role != access.Service {
			fmt.Fprintf(&b, "    %-17s %s\n", r.Role, r.For)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// passed is how a link comes to its reader.
type passed struct {
	URL  string `help:"Where people reach the server, where public_url is not set." default:"http://localhost:8080"`
	Show bool   `help:"Print the link, and send nothing."`
	JSON bool   `help:"Write JSON."`
}

func (p *passed) tell(s streams, out app.StaffLink, what string) error {
	if p.JSON {
		return s.asJSON(out)
	}
	if out.Sent {
		fmt.Fprintf(s.out, "%s for %s was sent; it works once.\n", what, out.Account.Name)
		return nil
	}
	if out.Unsent != "" {
		fmt.Fprintf(s.err, "It was not sent: %s.\n", out.Unsent)
	}
	fmt.Fprintln(s.out, out.Link)
	fmt.Fprintf(s.err, "%s for %s: it works once. Whoever opens it has the account.\n", what, out.Account.Name)
	return nil
}

type staffInviteCmd struct {
	dataFolder
	passed
	Email    string   `help:"Their e-mail address, with which they sign in." required:"" placeholder:"ADDRESS"`
	Name     string   `help:"Their name." required:"" placeholder:"NAME"`
	Role     []string `help:"A role; may be given several times." required:"" placeholder:"ROLE"`
	Programs []string `name:"program" help:"A program whose people are theirs; may be given several times. Without any, all people are." placeholder:"PROGRAM"`
}

func (staffInviteCmd) Help() string {
	return `Example: attune staff invite --email kim@clinic.example --name "Kim Lee" --role clinician --program diabetes

The link works for three days. The first account is made on the machine itself, once attune serve has run on the folder.`
}

func (c *staffInviteCmd) Run(ctx context.Context, s streams) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return err
	}
	out, err := app.InviteStaff(ctx, c.Data, app.StaffInvite{
		Invitation: app.Invitation{Name: c.Name, Email: c.Email, Roles: roles, Programs: c.Programs}, LinkWay: app.LinkWay{URL: c.URL, Show: c.Show},
	})
	if err != nil {
		return err
	}
	return c.tell(s, out, "The invitation")
}

type staffListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *staffListCmd) Run(ctx context.Context, s streams) error {
	all, err := app.StaffIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(all)
	}
	for i := range all {
		a := &all[i]
		state := "invited"
		switch {
		case a.Disabled:
			state = "disabled"
		case a.Password:
			state = "active"
		}
		programs := "all programs"
		if len(a.Programs) > 0 {
			programs = strings.Join(a.Programs, ",")
		}
		fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Email, a.Name, joined(a.Roles), programs, state, strings.Join(a.Factors, ","))
	}
	return nil
}

func joined[T ~string](all []T) string {
	var out []string
	for _, s := range all {
		out = append(out, string(s))
	}
	return strings.Join(out, ",")
}

type staffRoleCmd struct {
	Email string `arg:"" help:"Their e-mail address."`
	dataFolder
	Role     []string `help:"A role; may be given several times. It takes the place of those they have." required:"" placeholder:"ROLE"`
	Programs []string `name:"program" help:"A program whose people are theirs; may be given several times. Without any, all people are." placeholder:"PROGRAM"`
}

func (staffRoleCmd) Help() string {
	return `They are signed out everywhere, and have the new roles when they sign in again.

Example: attune staff role kim@clinic.example --role clinician --role safety-officer`
}

func (c *staffRoleCmd) Run(ctx context.Context, s streams) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return err
	}
	a, err := app.ChangeStaff(ctx, c.Data, app.StaffChange{Email: c.Email, Roles: roles, Programs: c.Programs})
	if err == nil {
		fmt.Fprintf(s.out, "%s is now: %s\n", a.Name, joined(a.Roles))
	}
	return err
}

type staffDisableCmd struct {
	Email string `arg:"" help:"Their e-mail address."`
	dataFolder
}

func (c *staffDisableCmd) Run(ctx context.Context, s streams) error {
	off := true
	a, err := app.ChangeStaff(ctx, c.Data, app.StaffChange{Email: c.Email, Disabled: &off})
	if err == nil {
		fmt.Fprintf(s.out, "%s has no access any more.\n", a.Name)
	}
	return err
}

type staffEnableCmd struct {
	Email string `arg:"" help:"Their e-mail address."`
	dataFolder
}

func (c *staffEnableCmd) Run(ctx context.Context, s streams) error {
	off := false
	a, err := app.ChangeStaff(ctx, c.Data, app.StaffChange{Email: c.Email, Disabled: &off})
	if err == nil {
		fmt.Fprintf(s.out, "%s may sign in again.\n", a.Name)
	}
	return err
}

type staffResetCmd struct {
	Email string `arg:"" help:"Their e-mail address."`
	dataFolder
	passed
	Factors bool `help:"Take their second factors away as well, for somebody who lost the telephone and the recovery codes. They set up others at the next sign-in."`
}

func (staffResetCmd) Help() string {
	return `The link works for an hour. Until it is used the old password goes on. Be sure whom you pass it to.

Example: attune staff reset kim@clinic.example`
}

func (c *staffResetCmd) Run(ctx context.Context, s streams) error {
	out, err := app.ResetStaff(ctx, c.Data, app.StaffReset{Email: c.Email, Factors: c.Factors, LinkWay: app.LinkWay{URL: c.URL, Show: c.Show}})
	if err != nil {
		return err
	}
	return c.tell(s, out, "The link")
}
