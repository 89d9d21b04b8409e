package app

import (
	"attune/internal/audit"
)

// rightsCalls says what the calls about people's rights are recorded as.
func rightsCalls() map[string]declared {
	return map[string]declared{
		callExport: as(audit.PersonExported, func(in ExportWord, out PersonExport) about {
			return about{people: ids(in.Person, out.Person), reason: in.Reason}
		}),
	}
}
