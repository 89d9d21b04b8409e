package policy_test

import (
	"testing"

	"attune/core/instant"
	"attune/core/policy"
)

func TestCapsTellTouchesApart(t *testing.T) {
	t.Parallel()
	const week = 7 * instant.Day
	now := instant.Time(100 * instant.Day)
	sort := func(channel, purpose, theme string) policy.Sort {
		return policy.Sort{Channel: channel, Purpose: purpose, Theme: theme}
	}
	said := func(s policy.Sort) policy.Count { return policy.Count{Sort: s, Stamp: now.Add(-instant.Day)} }
	one := func(c policy.Cap) policy.Caps {
		c.Count, c.Within = 1, week
		return policy.Caps{c}
	}
	feet := sort("sms", "care", "feet")
	for _, c := range []struct {
		it   string
		caps policy.Caps
		said policy.Sort
		want string
	}{
		{"counts everything where a cap names nothing", one(policy.Cap{}), sort("letter", "news", ""), "1 within 7d"},
		{"counts a channel's own", one(policy.Cap{Channel: "sms"}), sort("sms", "news", "eyes"), "1 within 7d by sms"},
		{"leaves other channels out", one(policy.Cap{Channel: "sms"}), sort("email", "care", "feet"), ""},
		{"does not ask a cap of another channel", one(policy.Cap{Channel: "email"}), sort("email", "care", "feet"), ""},
		{"counts a purpose's own", one(policy.Cap{Purpose: "care"}), sort("email", "care", "eyes"), "1 within 7d for care"},
		{"leaves other purposes out", one(policy.Cap{Purpose: "care"}), sort("sms", "news", "feet"), ""},
		{"counts a theme's own", one(policy.Cap{Theme: "feet"}), sort("email", "news", "feet"), "1 within 7d on feet"},
		{"leaves other themes out", one(policy.Cap{Theme: "feet"}), sort("sms", "care", "eyes"), ""},
		{"takes all that a cap names together", one(policy.Cap{Channel: "sms", Theme: "feet"}), sort("sms", "care", "eyes"), ""},
		{"counts each theme by itself", one(policy.Cap{Each: policy.EachTheme}), sort("email", "news", "feet"), "1 within 7d for each theme"},
		{"does not mix themes", one(policy.Cap{Each: policy.EachTheme}), sort("sms", "care", "eyes"), ""},
		{"counts each channel by itself", one(policy.Cap{Each: policy.EachChannel}), sort("email", "care", "feet"), ""},
		{"counts each purpose by itself", one(policy.Cap{Each: policy.EachPurpose}), sort("email", "care", "eyes"), "1 within 7d for each purpose"},
		{"counts each theme of a channel", one(policy.Cap{Channel: "sms", Each: policy.EachTheme}), sort("email", "care", "feet"), ""},
	} {
		limit, full := c.caps.Full([]policy.Count{said(c.said)}, feet, now, true)
		if full != (c.want != "") || full && limit.String() != c.want {
			t.Errorf("it %s: full %v, %s", c.it, full, limit)
		}
	}
	if _, full := one(policy.Cap{Each: policy.EachTheme}).Full([]policy.Count{said(sort("sms", "care", ""))}, sort("sms", "care", ""), now, true); full {
		t.Error("what has no theme is no theme")
	}
}
