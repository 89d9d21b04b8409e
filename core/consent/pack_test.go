package consent_test

import (
	"slices"
	"strings"
	"testing"

	"attune/core/channel"
	"attune/core/consent"
)

// The packs, row by row: what each allows without a record. A change here changes what goes out to
// people; it needs a new version.
func TestPacks(t *testing.T) {
	t.Parallel()
	want := map[string]map[consent.Kind]string{
		"US": {consent.Treatment: "letter call visit portal email", consent.Operations: "letter portal email", consent.Service: "letter call portal email"},
		"GB": {consent.Treatment: "letter call visit portal email sms push", consent.Operations: "letter portal email", consent.Service: "letter call portal email sms push"},
		"EU": {consent.Treatment: "letter call visit portal email sms push", consent.Operations: "letter portal email", consent.Service: "letter call portal email sms push"},
	}
	versions := map[string]string{"US": "2026-11", "GB": "2026-11", "EU": "2026-11"}
	ages := map[string]int{"US": 18, "GB": 16, "EU": 18}
	for _, p := range consent.Packs() {
		if p.Version != versions[p.ID] || p.DecidesAt != ages[p.ID] {
			t.Errorf("%s is version %s, from %d years", p.ID, p.Version, p.DecidesAt)
		}
		for _, k := range consent.Kinds() {
			d, _ := p.Default(k)
			if got := strings.Join(d.Channels, " "); got != want[p.ID][k] {
				t.Errorf("%s allows %s by %q without a record, not %q", p.ID, k, got, want[p.ID][k])
			}
			if len(d.Channels) > 0 && d.Basis == "" {
				t.Errorf("%s does not say why it allows %s", p.ID, k)
			}
			for _, c := range d.Channels {
				if !slices.Contains(channel.Names(), c) {
					t.Errorf("%s names a channel %q", p.ID, c)
				}
			}
		}
		delete(want, p.ID)
	}
	if len(want) > 0 {
		t.Errorf("there is no pack for %v", want)
	}
}

func TestNoPackAllowsMarketingOrResearchByDefault(t *testing.T) {
	t.Parallel()
	for _, p := range consent.Packs() {
		for _, k := range []consent.Kind{consent.Marketing, consent.Research} {
			if _, found := p.Default(k); found {
				t.Errorf("%s allows %s", p.ID, k)
			}
		}
	}
}

func TestFindPack(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{"US": "US", "GB": "GB", "EU": "EU", "ES": "EU", "DE": "EU", "NZ": "", "": "", "es": ""} {
		if p, found := consent.FindPack(asked); found != (want != "") || p.ID != want {
			t.Errorf("for %q there is the pack %q", asked, p.ID)
		}
	}
}
