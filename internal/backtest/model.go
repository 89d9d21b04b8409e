package backtest

import (
	"fmt"
	"sync"

	"attune/core/decision"
)

// remembered are the models that records name, each read once.
type remembered struct {
	mu  sync.Mutex
	all map[uint64]*decision.Model
}

// model finds what a record's decisions were weighed with; nil is what was expected before anything was learned.
func (j *job) model(short uint64) (*decision.Model, error) {
	if short == 0 {
		return nil, nil
	}
	j.models.mu.Lock()
	defer j.models.mu.Unlock()
	if m := j.models.all[short]; m != nil {
		return m, nil
	}
	if j.Models == nil {
		return nil, fmt.Errorf("the model %016x, by which it was decided, is not here: restore the data folder's models from a backup", short)
	}
	m, err := j.Models(short)
	if err != nil {
		return nil, err
	}
	if j.models.all == nil {
		j.models.all = map[uint64]*decision.Model{}
	}
	j.models.all[short] = m
	return m, nil
}
