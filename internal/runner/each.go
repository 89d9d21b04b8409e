package runner

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// perTurn is how many items a goroutine of each takes at a time.
const perTurn = 16

// each calls f for every index below n, on all cores when there is enough to do. What f does for one
// index must not depend on another. It returns the error of the lowest index that had one.
func each(n int, f func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), (n+perTurn-1)/perTurn)
	if workers <= 1 {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		next  atomic.Int64
		work  sync.WaitGroup
		mu    sync.Mutex
		at    = n
		first error
	)
	for range workers {
		work.Go(func() {
			for {
				from := int(next.Add(perTurn)) - perTurn
				for i := from; i < min(from+perTurn, n); i++ {
					if err := f(i); err != nil {
						mu.Lock()
						if i < at {
							at, first = i, err
						}
						mu.Unlock()
					}
				}
				if from >= n {
					return
				}
			}
		})
	}
	work.Wait()
	return first
}
