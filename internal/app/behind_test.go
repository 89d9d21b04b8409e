package app

import (
	"net/http"
	"slices"
	"testing"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

// Behind a number stand as many as it says, page by page, and each once. Whoever is told of on a page was looked at; the others were not, so
// nobody reads in the audit log that they were seen where they were not.
func TestAListBehindANumberLooksAtThosePeopleAloneWhomItTells(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 80, 40)
	n.desk()
	c := askedOf(t, n)
	for name, path := range map[string]string{
		"passages":   "/v1/programs/diabetes/phases/treatment/passages?end=entered",
		"travellers": "/v1/programs/diabetes/journeys/first_weeks/people?end=entered",
	} {
		c.who = principal("account", name, access.CareCoordinator)
		type behind struct {
			Person string `json:"person"`
		}
		var all, page api.List[behind]
		looked := func() (lines int, last []string) {
			err := audit.Each(t.Context(), AuditDir(n.Data), audit.Filter{What: string(audit.PeopleListed), Actor: name}, func(r *audit.Record) error {
				lines, last = lines+1, slices.Clone(r.People)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return lines, last
		}
		var seen []string
		for cursor, pages := "", 1; ; pages++ {
			page = api.List[behind]{}
			c.ask("GET", path+"&limit=2&cursor="+cursor, nil).into(t, http.StatusOK, &page)
			var people []string
			for _, x := range page.Items {
				seen, people = append(seen, x.Person), append(people, x.Person)
			}
			slices.Sort(people)
			want := len(slices.Compact(people))
			if lines, last := looked(); lines != pages || len(last) != want {
				t.Fatalf("%s, page %d: %d lines, and the last is of %d people, where the page told of %d", name, pages, lines, len(last), want)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		c.ask("GET", path+"&limit=500", nil).into(t, http.StatusOK, &all)
		if len(seen) < 5 || len(seen) != all.Total || len(all.Items) != all.Total || page.Total != all.Total {
			t.Errorf("%s: by pages %d, at once %d, and the number is %d", name, len(seen), len(all.Items), all.Total)
		}
		for k, x := range all.Items {
			if k < len(seen) && seen[k] != x.Person {
				t.Errorf("%s: %d is another by pages than at once", name, k)
			}
		}

		c.who = principal("account", name+" of another program", access.CareCoordinator)
		c.who.Programs = []string{"another"}
		var none api.List[behind]
		if r := c.ask("GET", path, nil); r.StatusCode == http.StatusOK {
			r.into(t, http.StatusOK, &none)
		}
		if len(none.Items) != 0 || none.Total != 0 {
			t.Errorf("%s: outside their panel somebody is told of %d", name, none.Total)
		}
		err := audit.Each(t.Context(), AuditDir(n.Data), audit.Filter{Actor: c.who.Name}, func(r *audit.Record) error {
			if len(r.People) != 0 {
				t.Errorf("%s: %d people were looked at by somebody who was told of nobody", name, len(r.People))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
