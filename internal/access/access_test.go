package access_test

import (
	"slices"
	"testing"

	"attune/internal/access"
)

func one(r access.Role) access.Principal {
	return access.Principal{Kind: "account", ID: "a", Roles: []access.Role{r}}
}

// What nobody permitted is refused, whoever asks.
func TestWhatIsNotPermittedIsRefused(t *testing.T) {
	t.Parallel()
	for _, m := range access.Permissions() {
		for _, p := range []access.Principal{{}, {Kind: "account", ID: "a"}, {Kind: "account", ID: "a", Roles: []access.Role{"owner"}}} {
			if p.May(m.Permission) && m.Permission != access.OwnAccount {
				t.Errorf("%+v may %s", p, m.Permission)
			}
		}
		if who := access.Who(m.Permission); who == "nobody" && m.Permission != access.OwnAccount {
			t.Errorf("nobody may %s", m.Permission)
		}
	}
	p := one(access.Admin)
	if p.May("everything") {
		t.Error("there is leave for what there is not")
	}
	p.Permits = []access.Permission{access.SettingsRead, access.AuditRead}
	if !p.May(access.SettingsRead) || p.May(access.StaffManage) || p.May(access.AuditRead) {
		t.Error("a key narrows its role, and does not widen it")
	}
}

// Whoever runs machines, gives roles, counts or audits sees nobody's record; whoever decides who may do what has no say in programs.
func TestDutiesAreSeparate(t *testing.T) {
	t.Parallel()
	for _, r := range access.Roles() {
		p := one(r.Role)
		opens := slices.Contains([]access.Role{access.CareCoordinator, access.Clinician, access.SafetyOfficer, access.PrivacyOfficer}, r.Role)
		if p.May(access.PersonRead) != opens {
			t.Errorf("%s opens records: %v", r.Role, !opens)
		}
		for _, c := range access.Classes() {
			if p.Sees(c) && !opens {
				t.Errorf("%s sees %s", r.Role, c)
			}
		}
		for _, apart := range [][2]access.Permission{
			{access.StaffManage, access.PersonRead}, {access.StaffManage, access.AuditRead}, {access.ProgramPublish, access.MedicalReview}, {access.ProgramPublish, access.LegalReview},
			{access.MedicalReview, access.LegalReview}, {access.ErasureConfirm, access.WorkDo}, {access.AuditRead, access.DeliveryControl}, {access.BreakGlass, access.ReviewGlass},
		} {
			if p.May(apart[0]) && p.May(apart[1]) {
				t.Errorf("%s may %s and %s", r.Role, apart[0], apart[1])
			}
		}
	}
	if p := one(access.CareCoordinator); p.Sees(access.Clinical) {
		t.Error("a coordinator sees clinical facts")
	}
}

// Who has a panel opens others' records by breaking the glass alone.
func TestAPanelIsThePeopleOfItsPrograms(t *testing.T) {
	t.Parallel()
	nurse := one(access.Clinician)
	if !nurse.Everybody(access.PersonRead) || !nurse.Panel(nil) {
		t.Error("without programs, all people are the panel")
	}
	nurse.Programs = []string{"diabetes"}
	if nurse.Everybody(access.PersonRead) || nurse.Panel([]string{"rheumatoid"}) || nurse.Panel(nil) || !nurse.Panel([]string{"rheumatoid", "diabetes"}) {
		t.Error("the panel is the people of her programs")
	}
	nurse.Roles = append(nurse.Roles, access.PrivacyOfficer)
	if !nurse.Everybody(access.PersonRead) || nurse.Everybody(access.WorkDo) {
		t.Error("a role without a panel opens all records, and does no more than it permits")
	}
}

func TestRolesAreNamed(t *testing.T) {
	t.Parallel()
	if got, err := access.ParseRoles([]string{" Clinician", "clinician", "auditor"}); err != nil || !slices.Equal(got, []access.Role{access.Clinician, access.Auditor}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := access.ParseRoles([]string{"owner"}); err == nil {
		t.Error("there is an owner")
	}
	for _, r := range access.Roles() {
		for i, p := range r.Permits {
			if !p.Known() || slices.Contains(r.Permits[:i], p) {
				t.Errorf("%s permits %s, which is not one permission", r.Role, p)
			}
		}
	}
}
