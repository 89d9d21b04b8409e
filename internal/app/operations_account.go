package app

import (
	"context"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/staff"
)

func (n *Node) accountOperations() []api.Operation {
	return []api.Operation{
		opOwn("whoAmI", "GET /v1/me", access.OwnAccount, "", "tells whoever asks who they are", "Tell who you are here, and what you may do.",
			func(ctx context.Context, _ api.Nothing) (Me, error) {
				p := api.PrincipalOf(ctx)
				me := Me{Kind: p.Kind, ID: p.ID, Name: p.Name, Programs: p.Programs}
				for _, r := range p.Roles {
					me.Roles = append(me.Roles, string(r))
				}
				for _, m := range access.Permissions() {
					if p.May(m.Permission) {
						me.May = append(me.May, string(m.Permission))
					}
				}
				for _, c := range access.Classes() {
					if p.Sees(c) {
						me.Sees = append(me.Sees, string(c))
					}
				}
				return me, nil
			}),
		opOwn("listRoles", "GET /v1/roles", access.OwnAccount, "", "the same for everybody", "List the roles, what each may do and what it sees of a person.",
			func(context.Context, api.Nothing) ([]RoleShown, error) {
				var out []RoleShown
				for _, r := range access.Roles() {
					x := RoleShown{Role: string(r.Role), For: r.For, Panel: r.Panel}
					for _, p := range r.Permits {
						x.May = append(x.May, string(p))
					}
					for _, c := range r.Sees {
						x.Sees = append(x.Sees, string(c))
					}
					out = append(out, x)
				}
				return out, nil
			}),
		opOwn("listPermissions", "GET /v1/permissions", access.OwnAccount, "", "the same for everybody", "List what can be permitted, and what each permission means.",
			func(context.Context, api.Nothing) ([]PermissionShown, error) {
				var out []PermissionShown
				for _, m := range access.Permissions() {
					out = append(out, PermissionShown{string(m.Permission), m.Means, m.OfOne})
				}
				return out, nil
			}),
		opOwn("listMyTokens", "GET /v1/me/tokens", access.OwnAccount, "", "names of one's own tokens, and no secret", "List the tokens that you made for yourself.",
			func(ctx context.Context, _ api.Nothing) (out MyTokens, err error) {
				if p := api.PrincipalOf(ctx); p.Kind == "account" {
					out.Items, err = n.Staff.TokensOf(ctx, p.ID)
				}
				return out, err
			}),
		explained(created(opOwn("addMyToken", "POST /v1/me/tokens", access.OwnAccount, audit.TokenMade, "", "Make a token for yourself, and show it this once.",
			func(ctx context.Context, in MyToken) (TokenMade, error) { return n.addMyToken(ctx, in) })),
			"Whoever asks by it is you: your name stands in the audit log, and you may do what you may do, or less of it. Only who signed in makes one. It ends within a year, and with your password, your roles or your account."),
		opOwn("revokeMyToken", "DELETE /v1/me/tokens/{token}", access.OwnAccount, audit.TokenRevoked, "", "Take a token of your own away.",
			func(ctx context.Context, in struct {
				Token string `path:"token" doc:"Its name."`
			}) (api.Nothing, error) {
				p := api.PrincipalOf(ctx)
				if p.Kind != "account" {
					return api.Nothing{}, api.NotFound("token", "you have no token of this name")
				}
				return api.Nothing{}, n.Staff.RevokeOwn(ctx, p.ID, in.Token)
			}),
		opOwn("readSettings", "GET /v1/settings", access.SettingsRead, "", "settings, without secrets", "Show the settings that the server works with, without secrets.",
			func(context.Context, api.Nothing) (Settings, error) { return n.settings(), nil }),
	}
}

// addMyToken makes a token for who signed in. A token makes no others: whoever finds one would keep what they found.
func (n *Node) addMyToken(ctx context.Context, in MyToken) (TokenMade, error) {
	p := api.PrincipalOf(ctx)
	if p.Kind != "account" || p.Token != "" {
		return TokenMade{}, api.Refused("", "only who signed in to an account makes a token for themselves", "sign in, and ask for it from the page /docs/api; for a script, an admin makes one by POST /v1/tokens")
	}
	for _, m := range in.Permits {
		if !p.May(m) {
			return TokenMade{}, api.Refused("permissions", "you may not do all of this yourself", "GET /v1/me lists what you may do")
		}
	}
	t := staff.Token{Name: in.Name, Account: p.ID, Permits: in.Permits, Purposes: in.Purposes, Ends: in.Ends}
	if t.Ends.IsZero() {
		t.Ends = n.Wall().Add(tokenLasts).Std()
	}
	secret, t, err := n.Staff.AddToken(ctx, t)
	return TokenMade{t, secret}, err
}

// MyToken is a token that somebody asks for themselves.
type MyToken struct {
	Name string `json:"name" required:"" doc:"What it is for, such as laptop."`
	// Permits is all that you may do, where it is left out.
	Permits  []access.Permission `json:"permissions"`
	Purposes []string            `json:"purposes" doc:"What it may say that it looks at people for; anything where it is left out."`
	Ends     time.Time           `json:"ends" doc:"In 90 days where it is left out."`
}

// MyTokens are somebody's own.
type MyTokens struct {
	Items []staff.Token `json:"items"`
}

// Me is who asks.
type Me struct {
	Kind  string   `json:"kind"`
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
	// Programs are those whose people are the panel; none means all people.
	Programs []string `json:"programs"`
	// May are the permissions, and Sees the classes of fields of a person's record.
	May  []string `json:"may"`
	Sees []string `json:"sees"`
}

// RoleShown is a role.
type RoleShown struct {
	Role string   `json:"role"`
	For  string   `json:"for"`
	May  []string `json:"may"`
	Sees []string `json:"sees"`
	// Panel tells that it opens records of its own panel only.
	Panel bool `json:"panel"`
}

// PermissionShown is a permission.
type PermissionShown struct {
	Permission string `json:"permission"`
	Means      string `json:"means"`
	// OfOne tells that it is about single people, so that the panel is asked too.
	OfOne bool `json:"of_one"`
}

// Settings are what the server works with.
type Settings struct {
	Organisation string           `json:"organisation"`
	Release      string           `json:"release"`
	Channels     []string         `json:"channels"`
	Services     []string         `json:"services"`
	Limits       map[string]Limit `json:"limits"`
	CeilingHour  int              `json:"ceiling_hour"`
	CeilingDay   int              `json:"ceiling_day"`
	MaxBacklog   int              `json:"max_backlog"`
	LearnAt      string           `json:"learn_at"`
	Witness      bool             `json:"audit_witness"`
}

// Limit bounds a channel.
type Limit struct {
	// Rate is hand-overs a second, and AtOnce how many are under way at most.
	Rate   float64 `json:"rate"`
	AtOnce int     `json:"at_once"`
}

func (n *Node) settings() Settings {
	p, _ := n.Live()
	out := Settings{
		Organisation: n.Organisation, Release: p.Release, Limits: map[string]Limit{}, CeilingHour: n.Ceiling.Hour, CeilingDay: n.Ceiling.Day,
		MaxBacklog: n.MaxBacklog, LearnAt: n.LearnAt.String(), Witness: n.Witness != "",
	}
	for _, c := range n.Channels {
		out.Channels = append(out.Channels, c.Can().Name)
	}
	slices.Sort(out.Channels)
	for _, s := range n.Services {
		out.Services = append(out.Services, s.Name)
	}
	for name, l := range n.Limits {
		out.Limits[name] = Limit{l.Rate, l.AtOnce}
	}
	return out
}
