package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// clientCommand makes this program the client that another one measures itself against.
const clientCommand = "client-process"

// ack is one line that the client prints: a batch acknowledged, or told to come again.
type ack struct {
	Begun, Took int64 // nanoseconds
	Events      int
	Busy        int
}

// clientMain sends gzip'd Segment batches until its time is over:
// URL KEY PEOPLE CLIENTS RATE SPAN RUN. A rate of zero is as fast as batches are acknowledged.
func clientMain(args []string) {
	if len(args) != 7 {
		fmt.Fprintln(os.Stderr, "bench client: seven arguments are needed")
		os.Exit(2)
	}
	people, _ := strconv.Atoi(args[2])
	clients, _ := strconv.Atoi(args[3])
	rate, _ := strconv.Atoi(args[4])
	span, _ := time.ParseDuration(args[5])
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	c := &client{url: args[0], key: args[1], run: args[6], people: people, out: json.NewEncoder(os.Stdout)}
	c.http.Transport = &http.Transport{MaxIdleConnsPerHost: clients}
	var turns chan struct{}
	if rate > 0 {
		turns = make(chan struct{})
		go pace(ctx, rate, turns)
	}
	var work sync.WaitGroup
	for i := range clients {
		work.Go(func() { c.send(ctx, i, turns) })
	}
	work.Wait()
}

// pace gives turns at the rate of events.
func pace(ctx context.Context, rate int, turns chan<- struct{}) {
	tick := time.NewTicker(time.Second * batchSize / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

type client struct {
	http     http.Client
	url, key string
	run      string
	people   int

	mu  sync.Mutex
	out *json.Encoder
}

func (c *client) say(a ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.out.Encode(a)
}

func (c *client) send(ctx context.Context, number int, turns <-chan struct{}) {
	g := rand.New(rand.NewPCG(uint64(number), uint64(time.Now().UnixNano())))
	zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	var body, zipped bytes.Buffer
	for k := 0; ctx.Err() == nil; k++ {
		body.Reset()
		zipped.Reset()
		c.write(&body, g, number, k)
		zip.Reset(&zipped)
		_, _ = zip.Write(body.Bytes())
		_ = zip.Close()
		if turns != nil {
			select {
			case <-turns:
			case <-ctx.Done():
				return
			}
		}
		c.deliver(ctx, zipped.Bytes())
	}
}

// deliver sends a batch until it is taken, as an SDK does, but more eagerly than Retry-After asks.
func (c *client) deliver(ctx context.Context, zipped []byte) {
	for ctx.Err() == nil {
		begun := time.Now()
		// A request begun is finished, so that every batch the server took is counted.
		req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, c.url, bytes.NewReader(zipped))
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench client:", err)
			return
		}
		req.SetBasicAuth(c.key, "")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-Encoding", "gzip")
		res, err := c.http.Do(req)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench client:", err)
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		switch res.StatusCode {
		case http.StatusOK:
			c.say(ack{Begun: begun.UnixNano(), Took: int64(time.Since(begun)), Events: batchSize})
			return
		case http.StatusTooManyRequests:
			c.say(ack{Busy: 1})
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
		default:
			fmt.Fprintln(os.Stderr, "bench client: the server answers", res.Status)
			return
		}
	}
}

// write makes a batch: half of it visits, the rest medicines and measurements, each of somebody drawn
// at random.
func (c *client) write(b *bytes.Buffer, g *rand.Rand, number, k int) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	fmt.Fprintf(b, `{"sentAt":%q,"batch":[`, now)
	for i := range batchSize {
		if i > 0 {
			b.WriteByte(',')
		}
		what := `"event":"portal.visited","properties":{"page":"/medicines","via":"reminder"}`
		switch g.IntN(6) {
		case 0:
			what = `"event":"medication.dispensed","properties":{"code":"860975","display":"Metformin 500 mg","days_supply":30,"quantity":60}`
		case 1:
			what = fmt.Sprintf(`"event":"observation.recorded","properties":{"code":"4548-4","value":%.1f,"unit":"%%"}`, 5+4*g.Float64())
		case 2:
			what = `"event":"appointment.completed","properties":{"appointment":"a-7","type":"check-up","location":"Green Lane"}`
		}
		fmt.Fprintf(b, `{"type":"track","messageId":"%s-%d-%d-%d","userId":"patient-%d","timestamp":%q,%s,"context":{"library":{"name":"bench","version":"1"}}}`,
			c.run, number, k, i, g.IntN(c.people), now, what)
	}
	b.WriteString("]}")
}
