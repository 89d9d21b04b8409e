package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"attune/internal/fhir"
)

// Codes reads what a source's own codes mean in systems that programs know: a table with the columns system, code,
// is_system and is_code, one code on each line.
func Codes(name string, text io.Reader) (map[fhir.Code]fhir.Code, error) {
	columns := []string{"system", "code", "is_system", "is_code"}
	in := csv.NewReader(text)
	in.FieldsPerRecord = len(columns)
	head, err := in.Read()
	if err != nil || !slices.Equal(head, columns) {
		return nil, fmt.Errorf("%s:1: the first line has to name the columns: %s", name, strings.Join(columns, ","))
	}
	out := map[fhir.Code]fhir.Code{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line, _ := in.FieldPos(0)
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, fmt.Errorf("%s:%d: %w: write the four columns %s, with quotes around what has a comma", name, wrong.Line, wrong.Err, strings.Join(columns, ", "))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		from, to := fhir.Code{System: row[0], Code: row[1]}, fhir.Code{System: row[2], Code: row[3]}
		_, twice := out[from]
		switch {
		case from.Code == "" || to.Code == "" || to.System == "":
			return nil, fmt.Errorf("%s:%d: a code, and the system and code that it is, have to be there; only the source's system may be empty", name, line)
		case twice:
			return nil, fmt.Errorf("%s:%d: this code stands above already: take one of them out", name, line)
		}
		out[from] = to
	}
}
