package main

import (
	"bufio"
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/parquet-go/parquet-go"

	"attune/internal/app"
	"attune/internal/mine"
)

// minerCommand makes this program the one that reads a log and finds everything in it, as attune mine does
// before it writes. It is a process of its own, so that its CPU and memory are told apart.
const minerCommand = "miner-process"

func minerMain(args []string) {
	app.TradeMemory(app.MinerGarbage) // as the command does
	l, problems, err := mine.Read(context.Background(), args[0], mine.Reading{Order: "seq"})
	if err != nil || len(problems) > 0 {
		fmt.Fprintln(os.Stderr, "bench:", err, problems)
		os.Exit(1)
	}
	read := cpuTime()
	a := mine.Mine(l, 20)
	found := cpuTime() - read
	began := time.Now()
	mine.Mine(l, 20)
	fmt.Println(a.Events, a.Cases, len(a.Edges), a.VariantCount, found.Seconds(), time.Since(began).Seconds())
}

// measureMine writes a log of made-up stays in hospital, in order of time, and measures how it is mined.
func measureMine(ctx context.Context, r *report, o options, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, kind := range []string{"csv", "parquet"} {
		events := o.events
		if kind == "parquet" && o.parquetEvents > 0 {
			events = o.parquetEvents
		}
		file := filepath.Join(dir, "log."+kind)
		if err := writeLog(file, kind == "parquet", events); err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		runtime.GC()
		began := time.Now()
		cmd := exec.CommandContext(ctx, self, minerCommand, file)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("mine %s: %w", kind, err)
		}
		wall := time.Since(began)
		var got, cases, edges, variants int
		var found, again float64
		if _, err := fmt.Sscan(string(out), &got, &cases, &edges, &variants, &found, &again); err != nil || got != events {
			return fmt.Errorf("%d of %d events were mined: %w", got, events, err)
		}
		use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		cpu := time.Duration(use.Utime.Nano() + use.Stime.Nano()).Seconds()
		name := fmt.Sprintf("mine %s of %d events", kind, events)
		r.add(name+": the whole process", wall.Seconds(), "s", fmt.Sprintf("%.0f MB, %d cases, %d edges, %d variants", float64(info.Size())/1e6, cases, edges, variants))
		r.add(name+": CPU", cpu, "s", fmt.Sprintf("%.0f ns an event", cpu*1e9/float64(events)))
		r.add(name+": CPU once it is read", found, "s", "")
		r.add(name+": all tables again", again*1e3, "ms", "with exact medians")
		r.add(name+": largest memory", float64(use.Maxrss)/1024, "MB", "")
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// stay is a case that goes on.
type stay struct {
	number, at int
	when       int64
	left       int
}

type stays []stay

func (s stays) Len() int           { return len(s) }
func (s stays) Less(i, j int) bool { return s[i].when < s[j].when }
func (s stays) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *stays) Push(x any)        { *s = append(*s, x.(stay)) }
func (s *stays) Pop() any {
	old := *s
	x := old[len(old)-1]
	*s = old[:len(old)-1]
	return x
}

func wards() []string {
	return []string{
		"ER Registration", "ER Triage", "ER Sepsis Triage", "Leucocytes", "CRP", "Lactic acid", "IV Liquid", "IV Antibiotics", "Admission normal care",
		"Admission intensive care", "Release A", "Release B", "Return to ER", "Blood culture", "X-ray", "Consultation",
	}
}

// writeLog writes events of cases that begin one after the other and take days, 14.5 events each in the mean.
func writeLog(file string, packed bool, events int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	type row struct {
		Case     string    `parquet:"case_id,snappy"`
		Activity string    `parquet:"activity,dict,snappy"`
		At       time.Time `parquet:"timestamp,timestamp(microsecond),snappy"`
		Resource string    `parquet:"resource,dict,snappy"`
		Seq      int64     `parquet:"seq,snappy"`
	}
	text := bufio.NewWriterSize(f, 1<<20)
	var table *parquet.GenericWriter[row]
	if packed {
		table = parquet.NewGenericWriter[row](f, parquet.MaxRowsPerRowGroup(1<<20))
	} else {
		fmt.Fprintln(text, "case_id,activity,timestamp,resource,seq")
	}
	wards := wards()
	random := rand.New(rand.NewPCG(20261123, 1))
	var open stays
	next, clock := 0, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	var line []byte
	for n := range events {
		for len(open) == 0 || open[0].when > clock {
			heap.Push(&open, stay{next, 0, clock, 4 + random.IntN(22)})
			next++
			clock += int64(random.IntN(900))
		}
		s := &open[0]
		activity := s.at
		if activity > 2 {
			activity = 3 + random.IntN(len(wards)-3)*random.IntN(len(wards)-3)/(len(wards)-3)
		}
		who := "team " + strconv.Itoa((s.number+s.at/3)%40)
		at := time.Unix(s.when, 0).UTC()
		if table != nil {
			if _, err := table.Write([]row{{"case-" + strconv.Itoa(s.number), wards[activity], at, who, int64(n)}}); err != nil {
				return err
			}
		} else {
			line = append(line[:0], "case-"...)
			line = strconv.AppendInt(line, int64(s.number), 10)
			line = append(append(append(line, ','), wards[activity]...), ',')
			line = at.AppendFormat(line, "2006-01-02T15:04:05Z")
			line = append(append(append(line, ','), who...), ',')
			line = append(strconv.AppendInt(line, int64(n), 10), '\n')
			if _, err := text.Write(line); err != nil {
				return err
			}
		}
		s.at++
		if s.left--; s.left == 0 {
			heap.Pop(&open)
			continue
		}
		s.when += int64(random.ExpFloat64() * 9 * 3600)
		heap.Fix(&open, 0)
	}
	if table != nil {
		if err := table.Close(); err != nil {
			return err
		}
	}
	if err := text.Flush(); err != nil {
		return err
	}
	return f.Close()
}
