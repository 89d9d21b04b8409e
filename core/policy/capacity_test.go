package policy_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

func contender(n byte, class channel.Class, value float64, due instant.Time) policy.Contender {
	return policy.Contender{Touch: id.Key{n}, Class: class, Value: value, Due: due}
}

func TestTheBestOfADayAreTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it     string
		all    []policy.Contender
		places int
		in     []byte
		out    []byte
	}{
		{"takes all where there is room", []policy.Contender{contender(1, channel.Service, 1, 5), contender(2, channel.Clinical, 1, 5)}, 2, []byte{2, 1}, nil},
		{"takes nobody on a full day", []policy.Contender{contender(1, channel.Safety, 9, 5)}, 0, nil, []byte{1}},
		{"takes nobody where more went than may", []policy.Contender{contender(1, channel.Safety, 9, 5)}, -3, nil, []byte{1}},
		{
			"goes by class before all else",
			[]policy.Contender{contender(1, channel.Promotional, 99, 1), contender(2, channel.Service, 50, 2), contender(3, channel.Clinical, 10, 3), contender(4, channel.Safety, 1, 4)},
			2,
			[]byte{4, 3},
			[]byte{2, 1},
		},
		{"goes by value within a class", []policy.Contender{contender(1, channel.Clinical, 1, 1), contender(2, channel.Clinical, 2, 9)}, 1, []byte{2}, []byte{1}},
		{"goes by how long it waits where the value is the same", []policy.Contender{contender(1, channel.Clinical, 2, 9), contender(2, channel.Clinical, 2, 1)}, 1, []byte{2}, []byte{1}},
		{"goes by id where all is the same", []policy.Contender{contender(2, channel.Clinical, 2, 9), contender(1, channel.Clinical, 2, 9)}, 1, []byte{1}, []byte{2}},
	} {
		in, out := policy.Best(c.all, c.places)
		if !slices.Equal(ids(in), c.in) || !slices.Equal(ids(out), c.out) {
			t.Errorf("it %s: %v in and %v out, want %v and %v", c.it, ids(in), ids(out), c.in, c.out)
		}
	}
}

func ids(all []policy.Contender) (out []byte) {
	for _, c := range all {
		out = append(out, c.Touch[0])
	}
	return out
}

func TestNoPlaceGoesToWhoRanksLower(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) policy.Contender {
			return contender(rapid.Byte().Draw(t, "id"), rapid.SampledFrom(channel.Classes()).Draw(t, "class"),
				float64(rapid.IntRange(0, 3).Draw(t, "value")), instant.Time(rapid.IntRange(0, 3).Draw(t, "due")))
		}), 0, 40, func(c policy.Contender) byte { return c.Touch[0] }).Draw(t, "contenders")
		places := rapid.IntRange(-1, 45).Draw(t, "places")
		before := slices.Clone(all)
		in, out := policy.Best(all, places)
		if len(in) > max(0, places) || len(in)+len(out) != len(all) || len(in) < min(len(all), max(0, places)) {
			t.Fatalf("%d of %d are in for %d places", len(in), len(all), places)
		}
		if !slices.Equal(all, before) {
			t.Fatal("what was given was changed")
		}
		for i := range in {
			for k := range out {
				if out[k].Outranks(&in[i]) {
					t.Fatalf("%v is in and %v, which ranks higher, is not", in[i], out[k])
				}
			}
		}
		again, _ := policy.Best(rapid.Permutation(all).Draw(t, "another order"), places)
		if !slices.Equal(in, again) {
			t.Fatalf("in another order of arrival %v are in, not %v", again, in)
		}
	})
}

func TestATeamHasOneNumber(t *testing.T) {
	t.Parallel()
	got := policy.Pools(
		&policy.Policy{Zone: "Europe/Madrid", Capacity: []policy.Capacity{{Channel: "call", Team: "nurses", PerDay: 20}, {Channel: "visit", Team: "drivers", PerDay: 3}}},
		&policy.Policy{Zone: "Europe/London", Capacity: []policy.Capacity{{Channel: "call", Team: "nurses", PerDay: 15}, {Channel: "visit", Team: "nurses", PerDay: 30}}},
		&policy.Policy{},
	)
	want := []policy.Pool{{Team: "drivers", PerDay: 3, Zone: "Europe/Madrid"}, {Team: "nurses", PerDay: 15, Zone: "Europe/Madrid"}}
	if !slices.Equal(got, want) {
		t.Errorf("the pools are %v, want %v", got, want)
	}
}

func TestDayOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ it, zone, at, from, until string }{
		{"is a day", "Europe/London", "2027-01-10T09:00:00Z", "2027-01-10T00:00:00Z", "2027-01-11T00:00:00Z"},
		{"begins at midnight", "Europe/London", "2027-01-10T00:00:00Z", "2027-01-10T00:00:00Z", "2027-01-11T00:00:00Z"},
		{"ends before midnight", "Europe/London", "2027-01-09T23:59:59.999Z", "2027-01-09T00:00:00Z", "2027-01-10T00:00:00Z"},
		{"goes by the zone's own clock", "America/New_York", "2027-01-10T03:00:00Z", "2027-01-09T05:00:00Z", "2027-01-10T05:00:00Z"},
		{"is an hour shorter when clocks go forward", "America/New_York", "2027-03-14T06:00:00Z", "2027-03-14T05:00:00Z", "2027-03-15T04:00:00Z"},
		{"is an hour longer when clocks go back", "America/New_York", "2027-11-08T04:59:00Z", "2027-11-07T04:00:00Z", "2027-11-08T05:00:00Z"},
		{"begins when clocks skip its midnight", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"knows that Samoa had no 30 December 2011", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		from, until := policy.DayOf(zone(t, c.zone), at(t, c.at))
		if from != at(t, c.from) || until != at(t, c.until) {
			t.Errorf("a day %s: it is from %s until %s, want from %s until %s", c.it, from, until, c.from, c.until)
		}
	}
}
