package csvmap

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	zones := zones(b)
	for b.Loop() {
		if m, problems := Read("clinic.yaml", []byte(clinic), zones); m == nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	in := "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n" + strings.Repeat("1999-03-20,,64a92987-ac95-c759-a7fc-6681dd9f1a9d,186b2178-46bd-0fb8-c4de-5aaee12c7854,162864005,Body mass index 30+ - obesity (finding)\n", 1000)
	m := synthea(b)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		r, err := NewReader(strings.NewReader(in), "conditions.csv", m, then)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if item, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil || item.Problem != nil {
				b.Fatal(err, item.Problem)
			}
		}
	}
}
