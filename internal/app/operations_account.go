package app

import (
	"context"
	"slices"

	"attune/internal/access"
	"attune/internal/api"
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
		opOwn("readSettings", "GET /v1/settings", access.SettingsRead, "", "settings, without secrets", "Show the settings that the server works with, without secrets.",
			func(context.Context, api.Nothing) (Settings, error) { return n.settings(), nil }),
	}
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
