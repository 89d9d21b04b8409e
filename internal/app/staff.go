package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/core/channel"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/config"
	"attune/internal/control"
	"attune/internal/delivery"
	"attune/internal/elsewhere"
	"attune/internal/outbound"
	"attune/internal/seal"
	"attune/internal/staff"
)

// The calls about staff and tokens.
const (
	callInvite      = "staff-invite"
	callStaffChange = "staff-change"
	callStaffReset  = "staff-reset"
	callStaffList   = "staff-list"
	callTokenAdd    = "token-add"
	callTokenRevoke = "token-revoke"
	callTokenList   = "token-list"
)

// Invitation is who is asked in.
type Invitation = staff.Invitation

// Token is what a script asks by.
type Token = staff.Token

// StaffInvite asks somebody in.
type StaffInvite struct {
	staff.Invitation
	LinkWay
}

// StaffReset lets somebody choose another password; with Factors, set up another second factor too.
type StaffReset struct {
	Email   string `json:"email"`
	Factors bool   `json:"factors,omitempty"`
	LinkWay
}

// LinkWay is how a link reaches its reader.
type LinkWay struct {
	// URL is where people reach the server, where the configuration does not say.
	URL string `json:"url"`
	// Show tells the link to whoever asked, though it could be sent.
	Show bool `json:"show,omitempty"`
}

// StaffLink is a link that was made. It was sent, or Link has it.
type StaffLink struct {
	Account staff.Account `json:"account"`
	Link    string        `json:"link,omitempty"`
	Sent    bool          `json:"sent,omitempty"`
	// Lasts is for how long it works.
	Lasts time.Duration `json:"-"`
	// Unsent is why it was not sent though it could be.
	Unsent string `json:"unsent,omitempty"`
}

// StaffChange changes what an account may do. What is nil stays.
type StaffChange struct {
	Email    string        `json:"email"`
	Roles    []access.Role `json:"roles,omitempty"`
	Programs []string      `json:"programs,omitempty"`
	Disabled *bool         `json:"disabled,omitempty"`
}

// TokenMade is a token with its secret, which is shown once.
type TokenMade struct {
	staff.Token
	Secret string `json:"token,omitempty"`
}

type tokenName struct {
	Name string `json:"name"`
}

func aboutAccount(a staff.Account) *audit.Object { return &audit.Object{Kind: "account", ID: a.ID} }

// staffCalls says what the calls about staff are recorded as. Nobody's name or address is in it.
func staffCalls() map[string]declared {
	return map[string]declared{
		callInvite: as(audit.AccountMade, func(in StaffInvite, out StaffLink) about {
			return about{object: aboutAccount(out.Account), reason: grantOf(in.Roles, in.Programs)}
		}),
		callStaffChange: as(audit.AccountChanged, func(in StaffChange, out staff.Account) about {
			a := about{object: aboutAccount(out), reason: grantOf(in.Roles, in.Programs)}
			if in.Disabled != nil {
				a.reason = map[bool]string{true: "disabled", false: "enabled"}[*in.Disabled]
			}
			return a
		}),
		callStaffReset: as(audit.CredentialReset, func(in StaffReset, out StaffLink) about {
			a := about{object: aboutAccount(out.Account)}
			if in.Factors {
				a.reason = "with the second factors"
			}
			return a
		}),
		callStaffList: free("names of staff, and of no patient"),
		callTokenAdd: as(audit.TokenMade, func(in staff.Token, out TokenMade) about {
			return about{object: &audit.Object{Kind: "token", ID: strings.TrimSpace(in.Name + " " + out.ID)}, reason: grantOf(in.Roles, in.Programs)}
		}),
		callTokenRevoke: as(audit.TokenRevoked, func(in tokenName, _ nothing) about {
			return about{object: &audit.Object{Kind: "token", ID: in.Name}}
		}),
		callTokenList: free("names of tokens, and no secret"),
	}
}

// grantOf is in words what somebody was given.
func grantOf(roles []access.Role, programs []string) string {
	if len(roles) == 0 {
		return ""
	}
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	says := "roles " + strings.Join(names, ", ")
	if len(programs) > 0 {
		says += "; programs " + strings.Join(programs, ", ")
	}
	return says
}

// staffDesk does what the calls ask, in a server or in its place.
type staffDesk struct {
	book *staff.Book
	// public is where people reach the server from elsewhere, and mail sends; both may be missing.
	public, organisation string
	mail                 func(ctx context.Context, to, subject, body string) error
	// published fetches keys of other systems; nil where no server runs.
	published *elsewhere.Published
}

// can tells whether links can be sent.
func (d *staffDesk) can() bool { return d.mail != nil && d.public != "" }

func (d *staffDesk) invite(ctx context.Context, in StaffInvite) (StaffLink, error) {
	a, link, err := d.book.Invite(ctx, in.Invitation)
	if err != nil {
		return StaffLink{}, err
	}
	return d.pass(ctx, a, link, staff.Invited, in.LinkWay), nil
}

func (d *staffDesk) reset(ctx context.Context, in StaffReset) (StaffLink, error) {
	a, err := d.book.ByEmail(ctx, in.Email)
	if err != nil {
		return StaffLink{}, err
	}
	link, err := d.book.Reset(ctx, a.ID, in.Factors)
	if err != nil {
		return StaffLink{Account: staff.Account{ID: a.ID}}, err
	}
	return d.pass(ctx, a, link, staff.Forgotten, in.LinkWay), nil
}

// pass sends a link, or returns it for whoever asked to pass it on.
func (d *staffDesk) pass(ctx context.Context, a staff.Account, link string, kind staff.Kind, way LinkWay) StaffLink {
	base := way.URL
	if d.public != "" {
		base = d.public
	}
	out := StaffLink{Account: a, Lasts: kind.Lasts()}
	address := joinLink(base, link)
	if d.can() && !way.Show {
		err := d.mail(ctx, a.Email, kindSubject(kind, d.organisation), kindBody(kind, d.organisation, address))
		if err == nil {
			out.Sent = true
			return out
		}
		out.Unsent = "the mail server did not take it"
	}
	out.Link = address
	return out
}

func joinLink(base, link string) string {
	return strings.TrimRight(base, "/") + "/join?token=" + url.QueryEscape(link)
}

func kindSubject(k staff.Kind, organisation string) string {
	if k == staff.Invited {
		return "You are invited to Attune at " + organisation
	}
	return "Another password for Attune at " + organisation
}

func kindBody(k staff.Kind, organisation, address string) string {
	says, lasts := "Somebody asked for another password for your account in Attune at "+organisation+". If that was not you, do nothing: your password stays.", "within an hour"
	if k == staff.Invited {
		says, lasts = "You are asked to work with Attune at "+organisation+".", "within three days"
	}
	return says + "\n\nChoose a password " + lasts + ", once, at this address:\n\n" + address + "\n\nNobody from " + organisation + " ever asks for your password.\n"
}

func (d *staffDesk) change(ctx context.Context, in StaffChange) (staff.Account, error) {
	a, err := d.book.ByEmail(ctx, in.Email)
	if err != nil {
		return a, err
	}
	switch {
	case in.Disabled != nil:
		err = d.book.SetDisabled(ctx, a.ID, *in.Disabled)
	case in.Roles != nil:
		err = d.book.SetRoles(ctx, a.ID, in.Roles, in.Programs)
	}
	if err != nil {
		return a, err
	}
	return d.book.Account(ctx, a.ID)
}

func (d *staffDesk) addToken(ctx context.Context, in staff.Token) (TokenMade, error) {
	secret, t, err := d.book.AddToken(ctx, in)
	return TokenMade{t, secret}, err
}

func (d *staffDesk) revokeToken(ctx context.Context, in tokenName) (nothing, error) {
	return nothing{}, d.book.RevokeToken(ctx, in.Name)
}

// openStaff opens the node's accounts, and makes what sends links.
func (n *Node) openStaff(ctx context.Context) (err error) {
	if n.Staff, err = staff.Open(ctx, staff.Config{Path: filepath.Join(n.Data, "staff.db"), Secret: n.Keys.Secret("staff"), Now: func() time.Time { return n.Wall().Std() }}); err == nil {
		n.closers = append(n.closers, n.Staff)
		n.staff = &staffDesk{book: n.Staff, public: n.Public, organisation: n.Organisation, mail: n.staffMail(), published: n.publishedKeys()}
		n.forgot = make(chan string, 32)
	}
	return err
}

// staffMail sends e-mail to staff, over the same mail server as letters and past their queue: nobody who waits for a link waits for a
// campaign. It is nil where e-mail is only captured.
func (n *Node) staffMail() func(ctx context.Context, to, subject, body string) error {
	i := slices.IndexFunc(n.Channels, func(c delivery.Channel) bool { return c.Can().Name == channel.Email })
	if i < 0 {
		return nil
	}
	return func(ctx context.Context, to, subject, body string) error {
		m := delivery.Message{Channel: channel.Email, To: to, Language: "en", Subject: subject, Body: body, At: n.Wall().Std()}
		_, _ = rand.Read(m.Attempt[:]) // names the letter; never fails: it ends the program instead
		_, err := n.Channels[i].Send(ctx, m)
		return err
	}
}

// Forgot notes that somebody forgot their password. Whoever asked is answered before anybody looks whether there is an account.
// It is nil where no link can be sent.
func (n *Node) Forgot() func(email string) {
	if !n.staff.can() {
		return nil
	}
	return func(email string) {
		select {
		case n.forgot <- email:
		default: // so many at once are not forgetful people
		}
	}
}

// remind sends links to who forgot their password, until ctx ends.
func (s *Server) remind(ctx context.Context) {
	n := s.Node
	for {
		select {
		case <-ctx.Done():
			return
		case email := <-n.forgot:
			if err := n.sendForgotten(ctx, email); err != nil && ctx.Err() == nil {
				n.Logger.Error("a link for another password was not sent", "error", err)
			}
		}
	}
}

func (n *Node) sendForgotten(ctx context.Context, email string) error {
	a, link, ok, err := n.Staff.Forgot(ctx, email)
	if err != nil || !ok {
		return err
	}
	if err := n.audit.record(ctx, audit.LinkMade, about{object: aboutAccount(a), outcome: audit.Done}); err != nil {
		return err
	}
	if out := n.staff.pass(ctx, a, link, staff.Forgotten, LinkWay{}); !out.Sent {
		return errors.New(out.Unsent)
	}
	return nil
}

// handleStaff answers commands about staff and tokens.
func (n *Node) handleStaff(mux *http.ServeMux) {
	answer(n, mux, callInvite, n.staff.invite)
	answer(n, mux, callStaffChange, n.staff.change)
	answer(n, mux, callStaffReset, n.staff.reset)
	answer(n, mux, callStaffList, func(ctx context.Context, _ nothing) ([]staff.Account, error) { return n.Staff.Accounts(ctx) })
	answer(n, mux, callTokenAdd, n.staff.addToken)
	answer(n, mux, callTokenRevoke, n.staff.revokeToken)
	n.handleServices(mux)
	answer(n, mux, callTokenList, func(ctx context.Context, _ nothing) ([]staff.Token, error) { return n.Staff.Tokens(ctx) })
}

// staffCall asks the server of a data folder, or does it in its place.
func staffCall[In, Out any](ctx context.Context, data, call string, in In, do func(*staffDesk) func(context.Context, In) (Out, error)) (out Out, err error) {
	out, err = ask[In, Out](ctx, data, call, in)
	if !errors.Is(err, control.ErrNobody) {
		return out, err
	}
	pinned, ok, err := readPin(data)
	if err != nil || !ok {
		return out, errors.Join(err, fmt.Errorf("%s is not a data folder that a server has used: start attune serve once, or name another with --data", data))
	}
	keys, err := seal.OpenReadOnly(filepath.Join(data, "keys"), pinned.Organisation)
	if err != nil {
		return out, err
	}
	defer keys.Close()
	book, err := staff.Open(ctx, staff.Config{Path: filepath.Join(data, "staff.db"), Secret: keys.Secret("staff")})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return auditedAside(ctx, data, call, in, do(&staffDesk{book: book}))
}

// InviteStaff makes an account and its link.
func InviteStaff(ctx context.Context, data string, in StaffInvite) (StaffLink, error) {
	return staffCall(ctx, data, callInvite, in, func(d *staffDesk) func(context.Context, StaffInvite) (StaffLink, error) { return d.invite })
}

// ResetStaff makes a link for another password.
func ResetStaff(ctx context.Context, data string, in StaffReset) (StaffLink, error) {
	return staffCall(ctx, data, callStaffReset, in, func(d *staffDesk) func(context.Context, StaffReset) (StaffLink, error) { return d.reset })
}

// ChangeStaff gives an account other roles, or ends or gives back its access.
func ChangeStaff(ctx context.Context, data string, in StaffChange) (staff.Account, error) {
	return staffCall(ctx, data, callStaffChange, in, func(d *staffDesk) func(context.Context, StaffChange) (staff.Account, error) { return d.change })
}

// StaffIn lists the accounts of a data folder.
func StaffIn(ctx context.Context, data string) ([]staff.Account, error) {
	return staffCall(ctx, data, callStaffList, nothing{}, func(d *staffDesk) func(context.Context, nothing) ([]staff.Account, error) {
		return func(ctx context.Context, _ nothing) ([]staff.Account, error) { return d.book.Accounts(ctx) }
	})
}

// AddToken makes a token.
func AddToken(ctx context.Context, data string, in staff.Token) (TokenMade, error) {
	return staffCall(ctx, data, callTokenAdd, in, func(d *staffDesk) func(context.Context, staff.Token) (TokenMade, error) { return d.addToken })
}

// RevokeToken takes a token away.
func RevokeToken(ctx context.Context, data, name string) error {
	_, err := staffCall(ctx, data, callTokenRevoke, tokenName{name}, func(d *staffDesk) func(context.Context, tokenName) (nothing, error) { return d.revokeToken })
	return err
}

// TokensIn lists the tokens of a data folder.
func TokensIn(ctx context.Context, data string) ([]staff.Token, error) {
	return staffCall(ctx, data, callTokenList, nothing{}, func(d *staffDesk) func(context.Context, nothing) ([]staff.Token, error) {
		return func(ctx context.Context, _ nothing) ([]staff.Token, error) { return d.book.Tokens(ctx) }
	})
}

// SignInElsewhere lets staff in whom another system knows, where the configuration names one.
func SignInElsewhere(door *api.Door, c config.Config) {
	if c.Staff.Issuer != "" {
		door.Elsewhere = elsewhere.New(elsewhere.Config{
			Button: c.Staff.Button, Issuer: c.Staff.Issuer, ClientID: c.Staff.ClientID, ClientSecret: c.Staff.ClientSecret.Reveal(), Back: strings.TrimRight(c.PublicURL, "/") + "/sign-in/elsewhere/done",
			Client: outbound.New(outbound.Config{Allow: c.Outbound.Servers(), Timeout: 10 * time.Second}),
		})
	}
}
