package mine

// Answer is everything asked of a log. Times are seconds.
type Answer struct {
	Cases        int        `json:"cases"`
	Events       int        `json:"events"`
	Activities   []Activity `json:"activities"`    // most events first, then by name
	Starts       []Count    `json:"starts"`        // the first activity of cases; most first, then by name
	Ends         []Count    `json:"ends"`          // the last
	Edges        []Edge     `json:"edges"`         // most first, then by names
	VariantCount int        `json:"variant_count"` // how many ways there are
	Variants     []Variant  `json:"variants"`      // most cases first, then by path
	Throughput   Spread     `json:"throughput_s"`  // from a case's first event to its last
	Rework       []Rework   `json:"rework"`        // activities that came twice; most cases first, then by name
	Handovers    []Handover `json:"handovers"`     // most first, then by names
	Funnel       *Funnel    `json:"funnel,omitempty"`
	Survival     *Survival  `json:"survival,omitempty"`
	Log          About      `json:"log"`
}

// About is what one has to know of a log to read its numbers.
type About struct {
	First      string   `json:"first"` // the first event, RFC 3339
	Last       string   `json:"last"`
	Ties       int      `json:"ties"`                 // events at the same time as the one before in their case
	Zoneless   int      `json:"without_zone"`         // times without a zone
	Incomplete int      `json:"incomplete"`           // rows passed over
	Lifecycles []string `json:"lifecycles,omitempty"` // the stages of activities that were read, if several
}

// Activity is how often something was done.
type Activity struct {
	Name   string `json:"name"`
	Events int    `json:"events"`
	Cases  int    `json:"cases"`
}

// Count is how many cases begin or end with an activity.
type Count struct {
	Name  string `json:"name"`
	Cases int    `json:"cases"`
}

// Edge is one activity right after another in a case, and how long that took.
type Edge struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Count  int     `json:"count"`
	Mean   float64 `json:"mean_s"`
	Median float64 `json:"median_s"`
	Min    float64 `json:"min_s"`
	Max    float64 `json:"max_s"`
}

// Variant is a way that cases went: all activities, in order.
type Variant struct {
	Cases int      `json:"cases"`
	Path  []string `json:"path"`
}

// Spread is how values lie: quantiles by linear interpolation between order statistics (type 7 of
// Hyndman and Fan, "Sample quantiles in statistical packages", 1996).
type Spread struct {
	Min    float64 `json:"min"`
	P10    float64 `json:"p10"`
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	Mean   float64 `json:"mean"`
	P75    float64 `json:"p75"`
	P90    float64 `json:"p90"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
}

// Rework is an activity that came more than once: in how many cases, in how many of them twice in a
// row, and how many events there are beyond each case's first.
type Rework struct {
	Name          string `json:"name"`
	Cases         int    `json:"cases"`
	SelfLoopCases int    `json:"self_loop_cases"`
	ExtraEvents   int    `json:"extra_events"`
}

// Handover is how often somebody else did what came next.
type Handover struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int    `json:"count"`
}

// seconds of nanoseconds.
func seconds(ns int64) float64 { return float64(ns) / 1e9 }
