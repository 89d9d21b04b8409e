package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/release"
	suggest "attune/core/source"
	"attune/internal/config"
	"attune/internal/intake"
	"attune/internal/outbound"
	"attune/internal/request"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/webhook"
)

// Services makes the services that the configuration names.
func Services(configured []config.Service) (out []webhook.Service, err error) {
	for _, c := range configured {
		secrets, wrong := webhook.ParseSecrets(c.Secret.Reveal())
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("the secret of services.%s in %s: %w", c.Name, c.SecretFile, wrong))
			continue
		}
		out = append(out, webhook.Service{Name: c.Name, URL: c.URL, Secrets: secrets, Timeout: c.Timeout})
	}
	return out, err
}

// refusedStatus is the status of a call whose service does not take it, where the step goes by it.
const refusedStatus = "refused"

// releases are those whose steps people may stand on, the newest first.
func (n *Node) releases() (out []*release.Release) {
	all := *n.standing.Load()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].rel != nil {
			out = append(out, all[i].rel)
		}
	}
	return out
}

// step finds a journey's step in the newest release that has it.
func (n *Node) step(program, in, step string) journey.Step {
	for _, rel := range n.releases() {
		if s := request.StepsOf(rel)(program, in, step); s != nil {
			return s
		}
	}
	return nil
}

// connectRequests makes what keeps and performs requests.
func (n *Node) connectRequests() {
	n.Requests = &request.Desk{Book: request.NewBook(n.step), Now: n.Now}
	answer := func(ctx context.Context, key id.Key, a webhook.Answer) error {
		err := n.Requests.Answer(ctx, intake.Source{Name: request.Source}, key, request.Answer{Status: a.Status, Result: a.Result, Number: a.Number})
		if _, closed := errors.AsType[*request.ClosedError](err); closed {
			return nil // nobody waits any more
		}
		return err
	}
	n.Calls = webhook.New(webhook.Config{
		Client: outbound.New(outbound.Config{Allow: n.Outbound}), Services: n.Services, Now: n.Now, Logger: n.Logger, Answered: answer,
		Refused: func(ctx context.Context, key id.Key) error {
			if o, open := n.Requests.Get(key); !open || !slices.Contains(o.Outcomes, refusedStatus) {
				return nil // no other word is put into a service's mouth: the call is late in its time
			}
			return answer(ctx, key, webhook.Answer{Status: refusedStatus})
		},
	})
}

// resumeRequests finds what people's passages wait for, at start.
func (n *Node) resumeRequests(ctx context.Context) error {
	if !slices.ContainsFunc(n.releases(), asks) {
		return nil
	}
	return n.People.Each(ctx, func(row store.Row) error {
		if row.Wake == instant.Never {
			return nil // who waits for an answer has a deadline
		}
		p, err := runner.OpenRow(n.Keys, &row)
		if errors.Is(err, seal.ErrNoKey) {
			return nil // erased
		}
		if err != nil {
			return err
		}
		steps := n.step
		if rel := n.under(p.Release); rel != nil {
			steps = request.StepsOf(rel)
		}
		for _, o := range request.Of(&p, steps) {
			n.Requests.Add(o)
			n.Calls.Add(o.Person, o.Request)
		}
		return nil
	})
}

// asks tells whether any step of a release asks somebody outside.
func asks(rel *release.Release) bool {
	for _, p := range rel.Programs {
		for i := range p.Journeys {
			for _, s := range p.Journeys[i].Steps {
				switch s.(type) {
				case journey.Ask, journey.Task, journey.Refer, journey.Call:
					return true
				case journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
				}
			}
		}
	}
	return false
}

// Unserved says, a sentence each, which services the programs call that are not configured.
func (n *Node) Unserved() (out []string) {
	var configured []string
	for _, s := range n.Services {
		configured = append(configured, s.Name)
	}
	said := map[string]bool{}
	for _, p := range n.live().Programs {
		for i := range p.Journeys {
			for _, s := range p.Journeys[i].Steps {
				call, ok := s.(journey.Call)
				if !ok || n.Calls.Serves(call.Service) || said[call.Service] {
					continue
				}
				said[call.Service] = true
				hint := fmt.Sprintf("set services.%s", call.Service)
				if near := suggest.Nearest(call.Service, configured); near != "" {
					hint = fmt.Sprintf("is it services.%s?", near)
				}
				out = append(out, fmt.Sprintf("%s: the service %q that program %s calls is not configured, so nobody answers, and each call goes on by its else step when its time is over; %s", call.Pos, call.Service, p.ID, hint))
			}
		}
	}
	return out
}
