package staff

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
)

// AccessPrefix begins every access token of a service.
const AccessPrefix = "ats_"

// AccessTime is how long an access token of a service lasts at most.
const AccessTime = 5 * time.Minute

// Service is another system with an account of its own. It proves who it is by signing with a key of which the public half is kept here, or at
// an address that is; what it gets for that are access tokens that last for minutes.
type Service struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Roles []access.Role `json:"roles"`
	// Permits narrows what the roles permit; none is all of it.
	Permits []access.Permission `json:"permissions,omitempty"`
	// Programs and Purposes narrow it further, as in access.Principal.
	Programs []string `json:"programs,omitempty"`
	Purposes []string `json:"purposes,omitempty"`
	// Source is as what it sends events, and System what its identifiers of people belong to. Events are those that it may send, and SendsFor
	// the kinds of purposes that they may be for; none is all.
	Source   string   `json:"source,omitempty"`
	System   string   `json:"system,omitempty"`
	Events   []string `json:"events,omitempty"`
	SendsFor []string `json:"sends_for,omitempty"`
	// Keys is its set of public keys (JWKS), or KeysAt the address at which it publishes them.
	Keys   json.RawMessage `json:"jwks,omitempty"`
	KeysAt string          `json:"jwks_uri,omitempty"`
	Made   time.Time       `json:"made"`
	// Used is when it last proved who it is, to the minute; zero for never.
	Used time.Time `json:"used,omitzero"`
}

// keysOf is how the keys of a service are kept, apart from what it may do.
type keysOf struct {
	Keys   json.RawMessage `json:"jwks,omitempty"`
	KeysAt string          `json:"jwks_uri,omitempty"`
}

// Principal is the service as who asks. A scope is what an access token was asked for, of all that the service may.
func (s *Service) Principal(scope []access.Permission) access.Principal {
	p := access.Principal{Kind: "service", ID: s.ID, Name: s.Name, Roles: s.Roles, Programs: s.Programs, Purposes: s.Purposes, Events: s.Events}
	if s.Source != "" {
		p.Sources = []string{s.Source}
	}
	if scope == nil && len(s.Permits) > 0 {
		scope = s.Permits
	}
	if scope != nil { // whatever it was given for, it may hear who it is
		p.Permits = append(slices.Clone(scope), access.OwnAccount)
	}
	return p
}

// May are the permissions that it has.
func (s *Service) May() (out []access.Permission) {
	p := s.Principal(nil)
	for _, m := range access.Permissions() {
		if m.Permission != access.OwnAccount && p.May(m.Permission) {
			out = append(out, m.Permission)
		}
	}
	return out
}

func (s *Service) check() error {
	if !isName(s.Name) {
		return fmt.Errorf("%q cannot be a service's name: use small letters, digits, dots, - and _, at most 60", s.Name)
	}
	if s.Source != "" && !slices.Contains(s.Roles, access.Service) {
		s.Roles = append(slices.Clone(s.Roles), access.Service) // whoever sends is a system that sends
	}
	if len(s.Roles) == 0 {
		return errors.New("a service needs something that it may do: give --role for the API, or --source for events")
	}
	if slices.Contains(s.Roles, access.Service) != (s.Source != "") {
		return errors.New("the role service is for a system that sends events: give --source too")
	}
	if s.Source == "" && len(s.Events)+len(s.SendsFor) > 0 {
		return errors.New("it sends no events, so none can be chosen: give --source too")
	}
	if err := checkPermits(s.Roles, s.Permits); err != nil {
		return err
	}
	if err := checkPurposes(s.Purposes); err != nil {
		return err
	}
	return keysOf{s.Keys, s.KeysAt}.check()
}

func (k keysOf) check() error {
	if (len(k.Keys) == 0) == (k.KeysAt == "") {
		return errors.New("a service needs its public keys: give --jwks with a file, or with the address at which it publishes them")
	}
	return nil
}

// AddService makes an account for another system. Its id is what it calls itself when it asks for a token.
func (b *Book) AddService(ctx context.Context, s Service) (Service, error) {
	if err := s.check(); err != nil {
		return s, err
	}
	s.ID, s.Made, s.Used = "svc_"+newID(), b.now().UTC().Truncate(time.Second), time.Time{}
	keys, err := json.Marshal(keysOf{s.Keys, s.KeysAt})
	if err != nil {
		return s, err
	}
	bare := s
	bare.Keys, bare.KeysAt = nil, ""
	says, err := json.Marshal(bare)
	if err != nil {
		return s, err
	}
	done, err := b.db.ExecContext(ctx, `INSERT INTO service (id, name, says, keys, made) VALUES (?,?,?,?,?) ON CONFLICT (name) DO NOTHING`, s.ID, s.Name, string(says), string(keys), s.Made.Unix())
	if err != nil {
		return s, fmt.Errorf("add a service: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return s, errors.Join(err, fmt.Errorf("there is a service %q already: remove it, rotate its keys, or choose another name", s.Name))
	}
	return s, nil
}

const serviceColumns = `service.says, service.keys, service.used`

func scanService(row interface{ Scan(dest ...any) error }, more ...any) (s Service, err error) {
	var says, keys string
	var used int64
	if err := row.Scan(append([]any{&says, &keys, &used}, more...)...); err != nil {
		return s, err
	}
	var k keysOf
	if err := errors.Join(json.Unmarshal([]byte(says), &s), json.Unmarshal([]byte(keys), &k)); err != nil {
		return s, fmt.Errorf("read a service: %w", err)
	}
	s.Keys, s.KeysAt = k.Keys, k.KeysAt
	if used > 0 {
		s.Used = time.Unix(used, 0).UTC()
	}
	return s, nil
}

// ErrNoService tells that there is no such service.
var ErrNoService = errors.New("there is no service of this name: attune service list tells which there are")

// Service finds a service by its id.
func (b *Book) Service(ctx context.Context, id string) (Service, error) {
	return oneService(b.db.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service WHERE id = ?`, id))
}

func oneService(row *sql.Row) (Service, error) {
	s, err := scanService(row)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoService
	}
	return s, err
}

// Services are all there are, by name.
func (b *Book) Services(ctx context.Context) ([]Service, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT `+serviceColumns+` FROM service ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	defer rows.Close()
	out := []Service{}
	for rows.Next() {
		s, err := scanService(rows)
		if err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// RotateService gives a service other keys. What was given for the former ones ends at once.
func (b *Book) RotateService(ctx context.Context, name string, keys json.RawMessage, at string) (s Service, err error) {
	k := keysOf{keys, at}
	if err := k.check(); err != nil {
		return s, err
	}
	text, err := json.Marshal(k)
	if err != nil {
		return s, err
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		if s, err = oneService(tx.QueryRowContext(ctx, `UPDATE service SET keys = ? WHERE name = ? RETURNING says, keys, used`, string(text), name)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM service_token WHERE service = ?`, s.ID)
		return err
	})
	return s, err
}

// RemoveService takes a service away, and with it whatever it was given.
func (b *Book) RemoveService(ctx context.Context, name string) (s Service, err error) {
	err = b.change(ctx, func(tx *sql.Tx) error {
		if s, err = oneService(tx.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service WHERE name = ?`, name)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM service_token WHERE service = ?`, s.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM service WHERE id = ?`, s.ID)
		return err
	})
	return s, err
}

// Errors of Grant.
var (
	ErrReplayed = errors.New("the assertion was used before: its jti has to be another each time")
	ErrScope    = errors.New("the scope has a permission that this service has not, or that there is not")
)

// Granted is an access token, which is shown to the service and kept nowhere.
type Granted struct {
	Token string
	Scope []access.Permission
	Lasts time.Duration
}

// Grant gives a service that proved who it is an access token, for a word that counts once: its name is remembered until it would not be taken
// any more. An empty scope is all that the service may.
func (b *Book) Grant(ctx context.Context, id, word string, until time.Time, scope []string) (g Granted, err error) {
	text, _ := secret()
	g = Granted{Token: AccessPrefix + text, Lasts: AccessTime}
	now := b.now()
	err = b.change(ctx, func(tx *sql.Tx) error {
		s, err := oneService(tx.QueryRowContext(ctx, `SELECT `+serviceColumns+` FROM service WHERE id = ?`, id))
		if err != nil {
			return err
		}
		for _, table := range []string{"assertion", "service_token"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE ends < ?`, now.Unix()); err != nil {
				return err
			}
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO assertion (hash, ends) VALUES (?,?) ON CONFLICT DO NOTHING`, b.mac("assertion", id+" "+word), until.Unix()+1)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrReplayed)
		}
		may := s.May()
		if g.Scope = may; len(scope) > 0 {
			g.Scope = nil
			for _, name := range scope {
				if !slices.Contains(may, access.Permission(name)) {
					return ErrScope
				}
				g.Scope = append(g.Scope, access.Permission(name))
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE service SET used = ? WHERE id = ?`, now.Unix()/60*60, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO service_token (hash, service, scope, ends) VALUES (?,?,?,?)`, hashOf(g.Token), id, list(g.Scope), now.Add(g.Lasts).Unix())
		return err
	})
	if err != nil {
		return Granted{}, err
	}
	return g, nil
}

// ByAccess finds the service of an access token, and the scope that it was asked for; ok is false where there is none, or not any more.
func (b *Book) ByAccess(ctx context.Context, text string) (s Service, scope []access.Permission, ok bool, err error) {
	if !strings.HasPrefix(text, AccessPrefix) {
		return s, nil, false, nil
	}
	var written string
	s, err = scanService(b.db.QueryRowContext(ctx, `SELECT `+serviceColumns+`, service_token.scope FROM service_token JOIN service ON service.id = service_token.service WHERE service_token.hash = ? AND service_token.ends > ?`,
		hashOf(text), b.now().Unix()), &written)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil, false, nil
	}
	if err != nil {
		return s, nil, false, fmt.Errorf("look up an access token: %w", err)
	}
	scope = []access.Permission{} // an empty scope is no leave, and not all of it
	if err := json.Unmarshal([]byte(written), &scope); err != nil {
		return s, nil, false, fmt.Errorf("read a scope: %w", err)
	}
	return s, scope, true, nil
}
