package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/strictjson"
)

// maxBody bounds a body that an operation says nothing of.
const maxBody = 1 << 20

// People is what the API has to know of whom a request is about.
type People interface {
	// Whom finds a person by id or as SYSTEM:VALUE. It returns an error that wraps [ErrNobody] where there is none.
	Whom(ctx context.Context, written string) (id.Person, error)
	// ProgramsOf are those that the person lives under.
	ProgramsOf(ctx context.Context, who id.Person) ([]string, error)
	// Opened tells whether whoever asks broke the glass for this person, and the hour is not over.
	Opened(ctx context.Context, p *access.Principal, who id.Person) (bool, error)
}

// ErrNobody means that nobody is known by a name.
var ErrNobody = errors.New("nobody is known by that name")

// Answers keeps what was answered to requests that came with an Idempotency-Key.
type Answers interface {
	// Begin says that whoever has this key begins, or what was answered before; ErrInFlight while somebody else is at it, and
	// ErrOtherRequest where the key came with another request.
	Begin(ctx context.Context, key string, request [sha256.Size]byte) (before *Answer, err error)
	// Keep keeps what is answered; nil where nothing was, so that the key may be used again.
	Keep(ctx context.Context, key string, a *Answer) error
}

// Errors of Answers.
var (
	ErrInFlight     = errors.New("the same request is still being answered")
	ErrOtherRequest = errors.New("the key came with another request before")
)

// Answer is what was answered.
type Answer struct {
	Status int    `json:"status"`
	ETag   string `json:"etag,omitempty"`
	Type   string `json:"type"`
	Body   []byte `json:"body"`
}

// Desk answers operations.
type Desk struct {
	Operations []Operation
	// Principal tells who asks.
	Principal func(*http.Request) (access.Principal, bool)
	People    People
	Answers   Answers
	Stream    *Stream
	// Refused takes down that somebody who is known was refused, and whose record it was about. It may be nil.
	Refused func(ctx context.Context, why string, people ...id.Person)
	// Suspect tells who somebody was whose access has ended, or who has not come in wholly; nobody where that is not known. It may be nil.
	Suspect func(*http.Request) audit.Actor
	Logger  *slog.Logger
	// Local answers for this machine's own names only: where nobody has to sign in, a page elsewhere could otherwise reach in through a
	// name that points here.
	Local bool
}

// handler answers all operations, the stream, and the documentation.
func (d *Desk) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	seen := map[string]bool{}
	for i := range d.Operations {
		o := &d.Operations[i]
		if err := o.check(); err != nil {
			return nil, err
		}
		if seen[o.ID] {
			return nil, fmt.Errorf("two operations are called %s", o.ID)
		}
		seen[o.ID] = true
		fields, err := fieldsOf(o.in)
		if err != nil {
			return nil, err
		}
		mux.HandleFunc(o.Method+" "+o.Path, func(w http.ResponseWriter, r *http.Request) { d.answer(w, r, o, fields) })
	}
	mux.HandleFunc("GET /v1/stream", d.stream)
	mux.HandleFunc("GET /v1/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(contract)
	})
	page, err := d.document()
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /docs/api", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	other := func(w http.ResponseWriter, r *http.Request) {
		notFound.problem("there is no such address, or it does not take "+r.Method, "", "/docs/api lists all there are").write(w)
	}
	for _, first := range d.first() {
		mux.HandleFunc("/v1/"+first, other)
		mux.HandleFunc("/v1/"+first+"/", other)
	}
	return mux, nil
}

// answer does what a request asks for, if whoever sends it may, and tells what became of it.
func (d *Desk) answer(w http.ResponseWriter, r *http.Request, o *Operation, fields []field) {
	caller, p := d.caller(r, o.Method+" "+o.Path)
	ctx := audit.With(r.Context(), caller)
	w.Header().Set("Attune-Request", caller.Request)
	a, problem := d.done(ctx, w, r, o, fields, &p)
	if problem != nil {
		problem.Request = caller.Request
		d.refused(ctx, r, caller, problem)
		if problem.Status >= http.StatusInternalServerError {
			d.Logger.Error("a request of the API failed", "operation", o.ID, "request", caller.Request, "status", problem.Status)
		}
		problem.write(w)
		return
	}
	if o.Method == http.MethodGet && a.Status == http.StatusOK && a.ETag != "" && unchanged(r.Header.Values("If-None-Match"), a.ETag) {
		w.Header().Set("ETag", a.ETag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	d.write(w, a)
}

// unchanged tells whether an If-None-Match names the version of an answer. It is asked only when the answer has been made, for whoever asks
// now: so nothing that they may not see any more is said to be the same, and the look is recorded.
func unchanged(headers []string, tag string) bool {
	for _, s := range strings.Split(strings.Join(headers, ","), ",") {
		if s = strings.TrimSpace(s); s == "*" || s != "" && strings.TrimPrefix(s, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// refused takes down that somebody may not do what they asked for. Whoever sends nothing to be known by is not recorded: they were told to sign in.
func (d *Desk) refused(ctx context.Context, r *http.Request, c audit.Caller, p *Problem) {
	if d.Refused == nil || p.Status != http.StatusUnauthorized && p.Status != http.StatusForbidden {
		return
	}
	if p.Status == http.StatusUnauthorized {
		if d.Suspect != nil {
			c.Actor = d.Suspect(r)
		}
		if c.Actor.ID == "" && r.Header.Get("Authorization") == "" {
			return
		}
		ctx = audit.With(ctx, c)
	}
	why := p.Detail
	if why == "" {
		why = p.Title
	}
	d.Refused(ctx, why, p.about...)
}

// caller is who asks, for the audit log.
func (d *Desk) caller(r *http.Request, via string) (audit.Caller, access.Principal) {
	p, _ := d.Principal(r)
	c := audit.Caller{Actor: audit.Actor{Kind: audit.Kind(p.Kind), ID: p.ID, Name: p.Name}, Via: via, Request: audit.NewRequest(), Purpose: r.Header.Get("Attune-Purpose")}
	if p.Nobody() {
		c.Actor = audit.Actor{Kind: audit.Anybody}
	}
	return c, p
}

func (d *Desk) write(w http.ResponseWriter, a *Answer) {
	h := w.Header()
	if a.ETag != "" {
		h.Set("ETag", a.ETag)
	}
	if a.Type != "" {
		h.Set("Content-Type", a.Type)
		// A report or a poster: a file with styles and letters of its own, in which nothing runs, sends or leads anywhere.
		if strings.HasPrefix(a.Type, "text/html") || a.Type == "image/svg+xml" {
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
		}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// Purposes are what a record may be opened for. Whoever looks at single people says which in the header Attune-Purpose.
func Purposes() []string { return access.Purposes() }

// needsPurpose are the permissions that show who people are, or what they wrote.
func needsPurpose(p access.Permission) bool {
	return p == access.PeopleFind || p == access.PersonRead || p == access.InboxRead
}

func (d *Desk) done(ctx context.Context, w http.ResponseWriter, r *http.Request, o *Operation, fields []field, p *access.Principal) (_ *Answer, wrong *Problem) {
	if p.Nobody() {
		return nil, unknown.problem("", "Authorization", "sign in, or send a token: Authorization: Bearer att_…")
	}
	if !p.May(o.Permission) {
		return nil, forbidden.problem("it takes the permission "+string(o.Permission), "", "ask for one of the roles "+access.Who(o.Permission))
	}
	if purpose := r.Header.Get("Attune-Purpose"); needsPurpose(o.Permission) || purpose != "" && p.Purposes != nil {
		if !slices.Contains(access.Purposes(), purpose) || p.Purposes != nil && !slices.Contains(p.Purposes, purpose) {
			allowed := access.Purposes()
			if p.Purposes != nil {
				allowed = p.Purposes
			}
			return nil, forbidden.problem("what this is for has to be said", "Attune-Purpose", "send the header with one of "+strings.Join(allowed, ", "))
		}
	}
	in, body, problem := o.read(w, r, fields)
	defer func() {
		if wrong != nil {
			wrong.unsay(o, r, fields, body)
		}
	}()
	if problem != nil {
		return nil, problem
	}
	if problem := d.whom(ctx, o, fields, in, p); problem != nil {
		return nil, problem
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || o.Method == http.MethodGet || takesBytes(fields) {
		return o.perform(ctx, in, p)
	}
	if len(key) > 200 {
		return nil, badRequest.problem("it is longer than 200 characters", "Idempotency-Key", "a UUID does")
	}
	asked := sha256.Sum256(append([]byte(r.Method+" "+r.URL.RequestURI()+"\x00"+r.Header.Get("If-Match")+"\x00"), body...))
	key = p.Kind + "/" + p.ID + "/" + key
	before, err := d.Answers.Begin(ctx, key, asked)
	switch {
	case errors.Is(err, ErrInFlight):
		x := inFlight.problem("", "Idempotency-Key", "wait for its answer, and ask again")
		x.retry = "1"
		return nil, x
	case errors.Is(err, ErrOtherRequest):
		return nil, refused.problem(err.Error(), "Idempotency-Key", "take another key for another request")
	case err != nil:
		return nil, problemOf(err)
	case before != nil:
		w.Header().Set("Idempotency-Replayed", "true")
		return before, nil
	}
	a, problem := o.perform(ctx, in, p)
	if err := d.Answers.Keep(context.WithoutCancel(ctx), key, a); err != nil {
		d.Logger.Error("an answer was not kept for when it is asked again", "operation", o.ID, "error", err)
	}
	return a, problem
}

// whom finds the people that a request names, and tells whether whoever asks may do this to them.
func (d *Desk) whom(ctx context.Context, o *Operation, fields []field, in reflect.Value, p *access.Principal) *Problem {
	for _, f := range fields {
		if !f.whom {
			continue
		}
		v := in.FieldByIndex(f.index)
		written := v.String()
		if written == "" {
			if f.required {
				return badRequest.problem("it does not say whom", f.name, "name the person by id, or as SYSTEM:VALUE")
			}
			continue
		}
		if _, err := id.ParsePerson(written); err != nil && f.in != inBody { // what a source calls somebody is not for addresses and logs
			return notAnID(f.name)
		}
		who, problem := d.find(ctx, written, f.name)
		if problem == nil {
			problem = d.mayOne(ctx, o.Permission, who, f.name, p)
		}
		if problem != nil {
			return problem
		}
		v.SetString(who.String())
	}
	return nil
}

func notAnID(field string) *Problem {
	return badRequest.problem("it is no person's id", field, "find the id by POST /v1/people/search")
}

// one finds somebody by id of whom whoever asks may be told.
func (d *Desk) one(ctx context.Context, may access.Permission, written, field string, p *access.Principal) (who id.Person, problem *Problem) {
	if _, err := id.ParsePerson(written); err != nil {
		return who, notAnID(field)
	}
	if who, problem = d.find(ctx, written, field); problem == nil {
		problem = d.mayOne(ctx, may, who, field, p)
	}
	return who, problem
}

func (d *Desk) find(ctx context.Context, written, field string) (id.Person, *Problem) {
	who, err := d.People.Whom(ctx, written)
	if errors.Is(err, ErrNobody) {
		return who, notFound.problem("nobody is known by that name", field, "name a person by id, or as SYSTEM:VALUE, such as ehr:p-1042")
	}
	if err != nil {
		return who, problemOf(err)
	}
	return who, nil
}

// mayOne tells what is in the way of doing to somebody what takes a permission: that they are not of whose panel it is, and no glass was
// broken.
func (d *Desk) mayOne(ctx context.Context, may access.Permission, who id.Person, field string, p *access.Principal) *Problem {
	if !may.OfOne() || p.Everybody(may) {
		return nil
	}
	programs, err := d.People.ProgramsOf(ctx, who)
	if err != nil {
		return problemOf(err)
	}
	if p.Panel(programs) {
		return nil
	}
	opened, err := d.People.Opened(ctx, p, who)
	if err != nil {
		return problemOf(err)
	}
	if !opened {
		no := forbidden.problem("this person is not of your panel", field, "if it has to be, open the record with a reason: POST /v1/people/{person}/openings")
		no.about = []id.Person{who}
		return no
	}
	return nil
}

// read reads what an operation takes out of a request.
func (o *Operation) read(w http.ResponseWriter, r *http.Request, fields []field) (in reflect.Value, body []byte, _ *Problem) {
	in = reflect.New(o.in).Elem()
	query := r.URL.Query()
	for name := range query {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.in == inQuery && f.name == name }) {
			return in, nil, notAsked(o, inQuery, fields)
		}
	}
	if takesBytes(fields) {
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != rawMedia {
			return in, nil, wrongMedia.problem("", "Content-Type", "send "+rawMedia)
		}
	}
	if hasBody(fields) {
		var problem *Problem
		if body, problem = o.body(w, r); problem != nil {
			return in, nil, problem
		}
		if problem := o.decode(body, in, fields); problem != nil {
			return in, body, problem
		}
	}
	for _, f := range fields {
		var written []string
		switch f.in {
		case inPath:
			written = []string{r.PathValue(f.name)}
		case inQuery:
			written = query[f.name]
		case inHeader:
			written = r.Header.Values(f.name)
		case rawBody:
			in.FieldByIndex(f.index).Set(reflect.ValueOf(http.MaxBytesReader(w, r.Body, o.most())))
			continue
		case inBody, wholeBody:
			continue
		}
		if len(written) == 0 || len(written) == 1 && written[0] == "" {
			if f.required {
				return in, nil, badRequest.problem("it is missing", f.name, f.doc)
			}
			continue
		}
		if err := set(in.FieldByIndex(f.index), written); err != nil {
			return in, nil, badRequest.problem(err.Error(), f.name, f.doc)
		}
	}
	return in, body, nil
}

// rawMedia is what a body is that is taken as it comes.
const rawMedia = "application/octet-stream"

// most is how many bytes a body has at most.
func (o *Operation) most() int64 {
	if o.MaxBody == 0 {
		return maxBody
	}
	return o.MaxBody
}

// body reads the whole body.
func (o *Operation) body(w http.ResponseWriter, r *http.Request) ([]byte, *Problem) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && (err != nil || media != "application/json") {
		return nil, wrongMedia.problem("", "Content-Type", "send application/json")
	}
	most := o.most()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, tooLarge.problem(fmt.Sprintf("it has more than %d bytes", most), "", "")
	}
	if err != nil {
		return nil, badRequest.problem("the body ended too early", "", "")
	}
	return body, nil
}

// decode reads a body strictly: no name twice, none that is not asked for.
func (o *Operation) decode(body []byte, in reflect.Value, fields []field) *Problem {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	doc, err := strictjson.Parse(body)
	var wrong *strictjson.Error
	if errors.As(err, &wrong) {
		return badRequest.problem(fmt.Sprintf("byte %d: %s", wrong.Offset, wrong.Reason), "", wrong.Remedy)
	}
	if len(doc.Flaws) > 0 {
		return badRequest.problem(fmt.Sprintf("byte %d: %s", doc.Flaws[0].Offset, doc.Flaws[0].Reason), "", doc.Flaws[0].Remedy)
	}
	if doc.Root.Kind != strictjson.Object {
		return badRequest.problem("the body is no object", "", "send a JSON object")
	}
	into := in.Addr()
	for _, f := range fields {
		if f.in == wholeBody {
			into = in.FieldByIndex(f.index).Addr()
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into.Interface()); err != nil {
		var typ *json.UnmarshalTypeError
		if errors.As(err, &typ) {
			return badRequest.problem("it has to be "+jsonKind(typ.Type)+", and is "+typ.Value, typ.Field, "")
		}
		if strings.HasPrefix(err.Error(), "json: unknown field ") {
			return notAsked(o, inBody, fields)
		}
		var date *time.ParseError
		if errors.As(err, &date) {
			return badRequest.problem("it has a moment that cannot be read", "", "write it like 2027-01-31T09:00:00Z")
		}
		return badRequest.problem(strings.TrimPrefix(err.Error(), "json: "), "", "")
	}
	for _, f := range fields {
		if f.in == inBody && f.required && !doc.Root.Get(f.name).Given() {
			return badRequest.problem("it is missing", f.name, f.doc)
		}
	}
	return nil
}

func jsonKind(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // the rest is objects
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Float64, reflect.Uint64, reflect.Uint32:
		return "a number"
	}
	return "an object"
}

// set reads a text of the path, the query or a header.
func set(v reflect.Value, written []string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(written[0])
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(written[0], 10, 64)
		if err != nil {
			return fmt.Errorf("it has to be a whole number")
		}
		v.SetInt(n)
	case reflect.Bool:
		switch written[0] {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return errors.New("it has to be true or false")
		}
	case reflect.Slice:
		var all []string
		for _, w := range written {
			all = append(all, strings.Split(w, ",")...)
		}
		v.Set(reflect.ValueOf(all))
	default:
		return fmt.Errorf("a %s cannot stand here", v.Kind())
	}
	return nil
}

// perform does it, takes out what whoever asks need not see, and writes the answer down.
func (o *Operation) perform(ctx context.Context, in reflect.Value, p *access.Principal) (*Answer, *Problem) {
	out, err := o.do(WithPrincipal(ctx, p), in)
	if err != nil {
		return nil, problemOf(err)
	}
	a := &Answer{Status: o.Status, Type: "application/json"}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if tagged, is := out.(version); is {
		a.ETag = strconv.Quote(tagged.Tag())
	}
	if same, is := out.(likeness); is {
		if like := same.Like(); like != "" {
			a.ETag = "W/" + strconv.Quote(like)
		}
	}
	if text, is := out.(Text); is {
		a.Type, a.Body = text.Type, text.Body
		return a, nil
	}
	sees := p.Sees
	if o.Permission != access.PersonRead { // then all it shows is what the permission is for
		sees = nil
	}
	if a.Body, err = json.Marshal(shape(out, sees)); err != nil {
		return nil, problemOf(fmt.Errorf("%w: %w", errBroken, err))
	}
	a.Body = append(a.Body, '\n')
	return a, nil
}

// version is an answer that has a version: a strong ETag, which a change may name in If-Match.
type version interface{ Tag() string }

// likeness is an answer of which another can tell the same, though it says another moment: a weak ETag.
type likeness interface{ Like() string }

// Text is an answer that is not JSON: a file.
type Text struct {
	Type string
	Body []byte
}

var errBroken = errors.New("the answer cannot be written down")

// internal tells errors of the machine from words of what was asked.
func internal(err error) bool {
	var path *fs.PathError
	var op *net.OpError
	var coded interface{ Code() int } // as those of SQLite
	return errors.Is(err, errBroken) || errors.As(err, &path) || errors.As(err, &op) || errors.As(err, &coded)
}

type principalKey struct{}

// WithPrincipal returns a context in which somebody acts.
func WithPrincipal(ctx context.Context, p *access.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf is who acts in a context; nobody where it does not say.
func PrincipalOf(ctx context.Context) *access.Principal {
	if p, ok := ctx.Value(principalKey{}).(*access.Principal); ok {
		return p
	}
	return &access.Principal{}
}

// TagOf is an ETag for something that has no version of its own: the hash of how it is written.
func TagOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Matches tells whether an If-Match names the version.
func Matches(header, tag string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(s string) bool { return strings.Trim(strings.TrimSpace(s), `"`) == tag })
}

// heartbeat is how often a stream says that it is still there.
const heartbeat = 15 * time.Second

// Refuse answers requests to these operations that are refused before they are read, such as those that come too often, by a problem. It
// tells whether the request was one.
func Refuse(operations []Operation) func(w http.ResponseWriter, r *http.Request, code int, reason, remedy string) bool {
	own := (&Desk{Operations: operations}).first()
	return func(w http.ResponseWriter, r *http.Request, code int, reason, remedy string) bool {
		below, is := strings.CutPrefix(r.URL.Path, "/v1/")
		first, _, _ := strings.Cut(below, "/")
		if !is || !slices.Contains(own, first) {
			return false
		}
		for _, s := range Sorts() {
			if s.Status == code {
				s.Sort.problem(reason, "", remedy).write(w)
				return true
			}
		}
		return false
	}
}

// Before lets the API answer what is its own, and next the rest.
func (d *Desk) Before(next http.Handler) (http.Handler, error) {
	rest, err := d.handler()
	if err != nil {
		return nil, err
	}
	protected := http.NewCrossOriginProtection().Handler(rest)
	own := d.first()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		below, is := strings.CutPrefix(r.URL.Path, "/v1/")
		first, _, _ := strings.Cut(below, "/")
		if r.URL.Path != "/docs/api" && !(is && slices.Contains(own, first)) {
			next.ServeHTTP(w, r)
			return
		}
		headers(w.Header())
		if d.Local && !isLocal(r.Host) {
			http.Error(w, onlyLocal, http.StatusMisdirectedRequest)
			return
		}
		protected.ServeHTTP(w, r)
	}), nil
}

// first are the words that follow /v1/ in the API's addresses; sources send to others.
func (d *Desk) first() []string {
	out := []string{"stream", "openapi.yaml"}
	for i := range d.Operations {
		if tag := tagOf(d.Operations[i].Path); !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}
