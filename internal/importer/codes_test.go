package importer

import (
	"strings"
	"testing"

	"attune/internal/fhir"
)

func TestCodesOfASource(t *testing.T) {
	t.Parallel()
	const head = "system,code,is_system,is_code\n"
	got, err := Codes("codes.csv", strings.NewReader(head+"urn:lab,HBA1,http://loinc.org,4548-4\n,\"A,1\",http://loinc.org,718-7\n"))
	if err != nil || len(got) != 2 || got[fhir.Code{System: "urn:lab", Code: "HBA1"}] != (fhir.Code{System: "http://loinc.org", Code: "4548-4"}) || got[fhir.Code{Code: "A,1"}].Code != "718-7" {
		t.Error(got, err)
	}
	for text, says := range map[string]string{
		"":                                   "codes.csv:1: the first line has to name the columns: system,code,is_system,is_code",
		"code,is\n":                          "codes.csv:1: the first line",
		head + "a,b,c\n":                     "codes.csv:2: wrong number of fields",
		head + "a,b,c,d\na,b,c,e\n":          "codes.csv:3: this code stands above already",
		head + "a,,c,d\n":                    "codes.csv:2: a code, and the system and code that it is",
		head + "a,\"b,c,d\n":                 "codes.csv:",
		head + "urn:lab,HBA1,,4548-4\n":      "codes.csv:2: a code, and",
		head + "a,b,c,d\n\na,b,c,d,e\n":      "codes.csv:4: wrong number of fields",
		"\xef\xbb\xbf" + head + "a,b,c,d\n":  "codes.csv:1:",
		"system,code,is_system,is_code,x\n1": "codes.csv:1:",
	} {
		if _, err := Codes("codes.csv", strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzCodes(f *testing.F) {
	f.Add("system,code,is_system,is_code\na,b,c,d\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Codes("codes.csv", strings.NewReader(text))
		if (got == nil) == (err == nil) {
			t.Error(got, err)
		}
	})
}
