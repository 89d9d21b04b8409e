package program

import (
	"attune/core/expr"
	"attune/core/source"
)

const valueSetsFile = "valuesets.yaml"

// maxCodes bounds one value set: enough for any subtree of a code system that a rule should name.
const maxCodes = 10_000

// valueSets reads named lists of codes:
//
//	valuesets:
//	  type-2-diabetes: ["44054006", E11.9]
func (r *folderReader) valueSets() {
	n := r.folder.Trees[valueSetsFile]
	if n == nil || !r.fields(n, valueSetsFile, []string{"valuesets"}) {
		return
	}
	list := n.Get("valuesets")
	if list == nil {
		return
	}
	if list.Kind != source.Map {
		r.Add(list.Pos, "write each as name: [code, code]", "valuesets is not a set of fields")
		return
	}
	seen := map[string]source.Pos{}
	for _, f := range list.Fields {
		r.checkName(f.Name, f.Pos, "a value set")
		r.unique(seen, f.Name, f.Pos, "value set")
		codes := r.words(f.Value, "the value set "+f.Name)
		if len(codes) > maxCodes {
			r.Add(f.Pos, "split it", "the value set %s has %d codes, more than %d", f.Name, len(codes), maxCodes)
		}
		r.p.ValueSets = append(r.p.ValueSets, expr.ValueSet{Name: f.Name, Codes: codes})
	}
}
