package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"attune/core/expr"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/app"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/limit"
	"attune/internal/staff"
)

// asker asks the API as a member of staff would, with a token.
type asker struct {
	base, token string
	client      *http.Client
}

// measureAPI fills a folder with people who have names, birth dates and telephones, and asks the API about them as the console does:
// each request signed in, checked, recorded in the audit log and answered over loopback TCP.
func measureAPI(ctx context.Context, r *report, o options, rel *release.Release, dir string) error {
	o.traits = someone
	if err := settle(ctx, o, rel, dir, nil); err != nil {
		return fmt.Errorf("make %d people: %w", o.people, err)
	}
	s, err := serve(ctx, app.Options{Data: dir, Organisation: "bench", Release: rel, MaxBacklog: o.backlog}, func(n *app.Node) *app.Server {
		return &app.Server{
			Node: n, Limits: limit.Config{PerKey: 1e6, PerAddress: 1e6},
			Door: &api.Door{Links: app.OpenLinks(dir), Staff: n.Staff, Forgot: n.Forgot(), Organisation: "bench"},
		}
	})
	if err != nil {
		return err
	}
	return errors.Join(s.measureAPI(ctx, r, o), s.stop())
}

func (s *served) measureAPI(ctx context.Context, r *report, o options) error {
	var roles []access.Role
	for _, x := range access.Roles() {
		roles = append(roles, x.Role)
	}
	token, _, err := s.node.Staff.AddToken(ctx, staff.Token{Name: "bench", Roles: roles, Ends: time.Now().Add(24 * time.Hour)})
	if err != nil {
		return err
	}
	a := &asker{base: strings.TrimSuffix(s.url, "/v1/batch"), token: token, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 400}}}
	if err := s.live(ctx, "patient-0", 500); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(7, 7))
	if err := s.node.Compact(ctx); err != nil { // as it is some seconds after people came
		return err
	}
	name := fmt.Sprintf("API, %d people: ", o.people)
	search := func(what string, body func(i int) map[string]string) error {
		return a.measure(ctx, r, name+"search, "+what, o.asks, func(i int) (string, string, any) { return "POST", "/v1/people/search", body(i) })
	}
	anybody := func() int { return random.IntN(o.people) }
	var ids []string
	for range 200 {
		id, err := a.find(ctx, anybody())
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	busy, err := a.find(ctx, 0)
	if err != nil {
		return err
	}
	list := func(path string) error {
		return a.measure(ctx, r, name+"GET "+path, o.asks, func(int) (string, string, any) { return "GET", path, nil })
	}
	each := func(what, path string) error {
		return a.measure(ctx, r, name+what, o.asks, func(i int) (string, string, any) {
			return "GET", strings.ReplaceAll(path, "{person}", ids[i%len(ids)]), nil
		})
	}
	return errors.Join(
		search("a common name", func(int) map[string]string { return map[string]string{"name": "maría garcía"} }),
		search("a name and a birth date", func(int) map[string]string {
			x := anybody()
			return map[string]string{"name": givenName(x) + " " + familyName(x), "born": born(x)}
		}),
		search("a birth date", func(int) map[string]string { return map[string]string{"born": born(anybody())} }),
		search("four digits of a telephone", func(int) map[string]string {
			p := phone(anybody())
			return map[string]string{"phone": p[len(p)-4:]}
		}),
		search("an identifier", func(int) map[string]string { return map[string]string{"id": source + ":" + personKey(anybody())} }),
		each("a person's record", "/v1/people/{person}"),
		each("a person's timeline", "/v1/people/{person}/story?last=50"),
		a.measure(ctx, r, name+"the timeline of somebody with 500 events", o.asks, func(int) (string, string, any) {
			return "GET", "/v1/people/" + busy + "/story?last=50", nil
		}),
		each("a person's decisions", "/v1/people/{person}/decisions"),
		each("who looked at a person", "/v1/people/{person}/looks"),
		list("/v1/overview"), list("/v1/work?limit=50"), list("/v1/inbox?limit=50"), list("/v1/audit?limit=50"), list("/v1/duplicates"), list("/v1/deadletters?limit=50"),
		list("/v1/contacts/suppressed?limit=50"), list("/v1/releases"), list("/v1/channels"),
		a.numbers(ctx, r, o, name),
		s.streams(ctx, r, a, o, name),
	)
}

// numbers asks for the maps' and journeys' numbers, for those behind the largest of them, and for what was decided.
func (a *asker) numbers(ctx context.Context, r *report, o options, name string) error {
	var lived struct {
		Phases []struct {
			Phase   string `json:"phase"`
			Entered int    `json:"entered"`
		} `json:"phases"`
	}
	if err := a.until(ctx, "/v1/programs/diabetes/lived", &lived); err != nil {
		return err
	}
	var walked struct {
		Journeys []struct {
			Journey string `json:"journey"`
			Entered int    `json:"entered"`
		} `json:"journeys"`
	}
	if err := a.until(ctx, "/v1/programs/diabetes/journeys/lived", &walked); err != nil {
		return err
	}
	phase, journey := 0, 0
	for k := range lived.Phases {
		if lived.Phases[k].Entered > lived.Phases[phase].Entered {
			phase = k
		}
	}
	for k := range walked.Journeys {
		if walked.Journeys[k].Entered > walked.Journeys[journey].Entered {
			journey = k
		}
	}
	list := func(what, path string) error {
		return a.measure(ctx, r, name+what, o.asks, func(int) (string, string, any) { return "GET", path, nil })
	}
	pages := func(what, path string) error {
		cursor := ""
		var wrong error
		err := a.measure(ctx, r, name+what+", page after page", o.asks, func(int) (string, string, any) {
			return "GET", path + "&cursor=" + cursor, nil
		}, func(answer []byte) {
			var page struct {
				Next string `json:"next"`
			}
			wrong = errors.Join(wrong, json.Unmarshal(answer, &page))
			cursor = page.Next
		})
		return errors.Join(err, wrong)
	}
	behindPhase := fmt.Sprintf("/v1/programs/diabetes/phases/%s/passages?end=entered&limit=50", lived.Phases[phase].Phase)
	behindJourney := fmt.Sprintf("/v1/programs/diabetes/journeys/%s/people?end=entered&limit=50", walked.Journeys[journey].Journey)
	return errors.Join(
		list("a map's numbers", "/v1/programs/diabetes/lived"),
		list("numbers of journeys", "/v1/programs/diabetes/journeys/lived"),
		pages(fmt.Sprintf("behind %d who came into a phase", lived.Phases[phase].Entered), behindPhase),
		pages(fmt.Sprintf("behind %d who came to a journey", walked.Journeys[journey].Entered), behindJourney),
		pages("what was decided", "/v1/decisions?limit=50"),
		list("what was decided by a channel that nobody uses", "/v1/decisions?limit=50&channel=letter"),
		list("what cannot go on by itself", "/v1/attention?limit=50"),
		a.measure(ctx, r, name+"who is in an audience, in 50 ms", o.asks, func(int) (string, string, any) {
			return "POST", "/v1/people/audience", map[string]any{"program": "diabetes", "when": `phase() == "treatment"`, "within_ms": 50, "show": 10}
		}),
	)
}

// until asks until the server is ready to answer.
func (a *asker) until(ctx context.Context, path string, into any) error {
	for {
		answer, err := a.ask(ctx, "GET", path, nil)
		if err == nil {
			return json.Unmarshal(answer, into)
		}
		if !strings.Contains(err.Error(), "503") {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// live lets somebody live for a while.
func (s *served) live(ctx context.Context, who string, events int) error {
	var arrivals []intake.Arrival
	for i := range events {
		e := made("portal.visited", "page", expr.TextOf("results"))
		e.ID = fmt.Sprintf("%s/live-%d", source, i)
		arrivals = append(arrivals, intake.Arrival{Who: identity.Key{System: source, Value: who}, Event: e})
	}
	if err := s.node.Intake.Take(ctx, intake.Source{Name: source}, arrivals); err != nil {
		return err
	}
	return s.rest(ctx)
}

// ask makes one request, and reads all of the answer.
func (a *asker) ask(ctx context.Context, method, path string, body any) ([]byte, error) {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, a.base+path, text)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", "Bearer "+a.token)
	q.Header.Set("Attune-Purpose", "treatment")
	q.Header.Set("Content-Type", "application/json")
	got, err := a.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	all, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, path, got.StatusCode, all)
	}
	return all, err
}

// find is somebody's id.
func (a *asker) find(ctx context.Context, i int) (string, error) {
	b, err := a.ask(ctx, "POST", "/v1/people/search", map[string]string{"id": source + ":" + personKey(i)})
	if err != nil {
		return "", err
	}
	var found struct {
		People []struct {
			Person string `json:"person"`
		} `json:"people"`
	}
	if err := json.Unmarshal(b, &found); err != nil || len(found.People) != 1 {
		return "", fmt.Errorf("%d people of number %d: %w", len(found.People), i, err)
	}
	return found.People[0].Person, nil
}

// measure asks again and again, one request after the other, after a few that do not count.
func (a *asker) measure(ctx context.Context, r *report, what string, times int, request func(i int) (method, path string, body any), answered ...func([]byte)) error {
	var took []time.Duration
	for i := range times + 5 {
		method, path, body := request(i)
		at := time.Now()
		answer, err := a.ask(ctx, method, path, body)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if i >= 5 {
			took = append(took, time.Since(at))
		}
		for _, f := range answered {
			f(answer)
		}
	}
	slices.Sort(took)
	at := func(p float64) time.Duration { return took[min(len(took)-1, int(p*float64(len(took))))] }
	r.add(what+", p95", millis(at(.95)), "ms", fmt.Sprintf("p50 %.1f, p99 %.1f, of %d", millis(at(.5)), millis(at(.99)), len(took)))
	return nil
}

// streams lets many hear how things stand while events come in.
func (s *served) streams(ctx context.Context, r *report, a *asker, o options, name string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	first := map[string]time.Time{} // by number of the news
	var late []time.Duration
	heard := make([]int, o.listeners)
	var wg sync.WaitGroup
	var failed error
	ready := make(chan struct{}, o.listeners)
	for i := range o.listeners {
		wg.Go(func() {
			err := a.listen(ctx, func() { ready <- struct{}{} }, func(news string) {
				now := time.Now()
				mu.Lock()
				defer mu.Unlock()
				if at, ok := first[news]; ok {
					late = append(late, now.Sub(at))
				} else {
					first[news] = now
					late = append(late, 0)
				}
				heard[i]++
			})
			if err != nil && ctx.Err() == nil {
				mu.Lock()
				failed = err
				mu.Unlock()
				ready <- struct{}{}
			}
		})
	}
	for range o.listeners {
		<-ready
	}
	mu.Lock()
	clear(heard)
	late = late[:0]
	err := failed
	mu.Unlock()
	if err != nil {
		return err
	}
	cpu, began := cpuTime(), time.Now()
	if _, err := s.load(ctx, o, 200, time.Duration(o.seconds)*time.Second, nil); err != nil {
		return err
	}
	span, used := time.Since(began), cpuTime()-cpu
	stop()
	wg.Wait()
	slices.Sort(late)
	slices.Sort(heard)
	if len(late) == 0 {
		return errors.New("nobody heard anything")
	}
	name += fmt.Sprintf("%d listeners to the stream, 200 events/s: ", o.listeners)
	r.add(name+"news a second for each", float64(heard[len(heard)/2])/span.Seconds(), "/s", fmt.Sprintf("fewest %.2f, most %.2f", float64(heard[0])/span.Seconds(), float64(heard[len(heard)-1])/span.Seconds()))
	r.add(name+"after the first of them, p95", millis(late[len(late)*95/100]), "ms", fmt.Sprintf("p99 %.1f, last %.1f", millis(late[len(late)*99/100]), millis(late[len(late)-1])))
	r.add(name+"CPU, those who listen included", 100*used.Seconds()/span.Seconds(), "% of a core", "")
	return nil
}

// listen hears the stream until ctx ends. Began is told when it has begun, and heard of each piece of news, by its number.
func (a *asker) listen(ctx context.Context, began func(), heard func(news string)) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/v1/stream?topics=overview", nil)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+a.token)
	got, err := a.client.Do(q)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream answers %d", got.StatusCode)
	}
	lines := bufio.NewScanner(got.Body)
	lines.Buffer(nil, 1<<20)
	once := sync.OnceFunc(began)
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id:"); ok {
			heard(strings.TrimSpace(id))
			once()
		}
	}
	return lines.Err()
}

// someone are a person's names and numbers: one in ten is called María and one in ten García, the others by many names.
func someone(i int) []any {
	return []any{
		"email", expr.TextOf(personKey(i) + "@patients.example"), "first_name", expr.TextOf(givenName(i)), "last_name", expr.TextOf(familyName(i)),
		"birth_date", expr.TextOf(born(i)), "phone", expr.TextOf(phone(i)), "timezone", expr.TextOf("America/New_York"),
	}
}

func givenName(i int) string { return called(i, 1, "María") }

func familyName(i int) string { return called(i, 2, "García") }

func called(i, salt int, common string) string {
	h := rand.New(rand.NewPCG(uint64(i), uint64(salt)))
	if h.IntN(10) == 0 {
		return common
	}
	syllables := []string{"ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu"}
	s := ""
	for range 2 + h.IntN(2) {
		s += syllables[h.IntN(len(syllables))]
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func born(i int) string {
	return time.Date(1930, 1, 1+i*7919%29000, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func phone(i int) string { return "+1202" + strconv.Itoa(2000000+i*7%8000000) }
