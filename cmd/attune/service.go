package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/app"
)

type serviceCmd struct {
	Add    serviceAddCmd    `cmd:"" help:"Give another system an account."`
	List   serviceListCmd   `cmd:"" help:"List the systems that have one."`
	Rotate serviceRotateCmd `cmd:"" help:"Give a system other keys."`
	Remove serviceRemoveCmd `cmd:"" help:"Take a system's account away, at once."`
}

func (serviceCmd) Help() string {
	return `Another system, such as an EHR, has no password and no lasting token: it keeps a private key, and signs with it that it is who it is
(private_key_jwt, as SMART Backend Services has it: RS384 or ES384). For that it gets an access token of five minutes at POST /oauth/token.
Attune has the public keys alone, in a file that you were given or at an address at which the system publishes them (JWKS).`
}

// maxKeysFile bounds a file of keys.
const maxKeysFile = 64 << 10

// jwksOf reads keys from a file, or takes an address of them.
func jwksOf(written string) (keys json.RawMessage, at string, err error) {
	if strings.HasPrefix(written, "https://") || strings.HasPrefix(written, "http://") {
		return nil, written, nil
	}
	f, err := os.Open(written)
	if err != nil {
		return nil, "", fmt.Errorf("read the keys: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeysFile+1))
	if err != nil {
		return nil, "", fmt.Errorf("read the keys: %w", err)
	}
	if len(text) > maxKeysFile || !json.Valid(text) {
		return nil, "", fmt.Errorf("%s is no set of keys: a JWKS is JSON, such as {\"keys\": [{\"kty\": …, \"kid\": …}]}", written)
	}
	return text, "", nil
}

type serviceAddCmd struct {
	Name string `arg:"" help:"What it is called here, such as ehr."`
	dataFolder
	JWKS       string   `name:"jwks" help:"Its public keys: a file, or the address at which it publishes them." required:"" placeholder:"FILE|URL"`
	Role       []string `help:"A role for the API; may be given several times. attune staff --help tells which there are." placeholder:"ROLE"`
	Permission []string `help:"Only this of what the roles permit; may be given several times." placeholder:"PERMISSION"`
	Programs   []string `name:"program" help:"Only people of this program; may be given several times." placeholder:"PROGRAM"`
	Source     string   `help:"The source as which it sends events, such as ehr. Without it, it sends none." placeholder:"NAME"`
	System     string   `help:"The system its identifiers of people belong to. Empty is the source's name."`
	Events     []string `help:"An event that it may send; may be given several times, or with commas. Without any, all may be sent." placeholder:"NAME"`
	Purposes   []string `help:"What it may look at people for, and what its events may be for; may be given several times, or with commas. Without any, all." placeholder:"PURPOSE"`
	JSON       bool     `help:"Write JSON."`
}

func (serviceAddCmd) Help() string {
	return `It prints the client id, by which the system calls itself. People are looked at for treatment, coordination, safety, rights or support; events
are for treatment, operations, service, research or marketing. --purposes takes words of both.

Example: attune service add ehr --jwks https://ehr.clinic.example/jwks.json --source ehr --system mrn --events appointment.booked --purposes treatment`
}

func (c *serviceAddCmd) Run(ctx context.Context, s streams) error {
	roles, err := access.ParseRoles(c.Role)
	if err != nil {
		return err
	}
	in := app.Service{Name: c.Name, Roles: roles, Programs: c.Programs, Source: c.Source, System: c.System, Events: c.Events}
	looks, sends, err := app.SplitPurposes(c.Purposes)
	if err != nil {
		return err
	}
	if len(c.Purposes) > 0 {
		switch {
		case len(looks) == 0 && len(roles) > 0:
			return fmt.Errorf("with a role for the API, --purposes has to name what people may be looked at for: %s", strings.Join(access.Purposes(), ", "))
		case len(sends) == 0 && c.Source != "":
			return fmt.Errorf("with --source, --purposes has to name what its events may be for, such as treatment")
		}
		if len(roles) > 0 {
			in.Purposes = looks
		}
		if c.Source != "" {
			in.SendsFor = sends
		}
	}
	for _, p := range c.Permission {
		in.Permits = append(in.Permits, access.Permission(p))
	}
	if in.Keys, in.KeysAt, err = jwksOf(c.JWKS); err != nil {
		return err
	}
	out, err := app.AddService(ctx, c.Data, in)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	fmt.Fprintln(s.out, out.ID)
	fmt.Fprintf(s.err, "This is the client id of %q. It asks for access tokens at /oauth/token of the server's public_url.\n", out.Name)
	return nil
}

type serviceListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *serviceListCmd) Run(ctx context.Context, s streams) error {
	all, err := app.ServicesIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(all)
	}
	for i := range all {
		x := &all[i]
		used := "never used"
		if !x.Used.IsZero() {
			used = "used " + x.Used.Format(time.DateOnly)
		}
		keys := x.KeysAt
		if keys == "" {
			keys = "keys in a file"
		}
		fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Name, x.ID, joined(x.Roles), x.Source, keys, used)
	}
	return nil
}

type serviceRotateCmd struct {
	Name string `arg:"" help:"The system's name."`
	dataFolder
	JWKS string `name:"jwks" help:"Its public keys from now on: a file, or the address at which it publishes them." required:"" placeholder:"FILE|URL"`
}

func (serviceRotateCmd) Help() string {
	return `The access tokens that it has end at once. To change keys without a gap, give a set that has the old one and the new one, and later one without the old.
A system that publishes its keys at an address changes them there, and nothing is to be done here.`
}

func (c *serviceRotateCmd) Run(ctx context.Context, s streams) error {
	keys, at, err := jwksOf(c.JWKS)
	if err != nil {
		return err
	}
	out, err := app.RotateService(ctx, c.Data, app.ServiceKeys{Name: c.Name, Keys: keys, KeysAt: at})
	if err == nil {
		fmt.Fprintf(s.out, "%s has other keys, and its access tokens ended.\n", out.Name)
	}
	return err
}

type serviceRemoveCmd struct {
	Name string `arg:"" help:"The system's name."`
	dataFolder
}

func (c *serviceRemoveCmd) Run(ctx context.Context, s streams) error {
	err := app.RemoveService(ctx, c.Data, c.Name)
	if err == nil {
		fmt.Fprintf(s.out, "%s has no access any more.\n", c.Name)
	}
	return err
}
