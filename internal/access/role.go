package access

import "slices"

// Role is what somebody is here. One account may have several.
type Role string

// The roles.
const (
	Operator        Role = "operator"
	Admin           Role = "admin"
	CareCoordinator Role = "care-coordinator"
	Clinician       Role = "clinician"
	Author          Role = "author"
	MedicalReviewer Role = "medical-reviewer"
	LegalReviewer   Role = "legal-reviewer"
	Publisher       Role = "publisher"
	Analyst         Role = "analyst"
	SafetyOfficer   Role = "safety-officer"
	PrivacyOfficer  Role = "privacy-officer"
	Auditor         Role = "auditor"
	// Service is another system.
	Service Role = "service"
)

// Class is a sort of field of a person's record.
type Class string

// The classes.
const (
	// Identity is who they are: names, birth date, what sources call them.
	Identity Class = "identity"
	// Contact is how they are reached.
	Contact Class = "contact"
	// Clinical is what their record says of their health, and what is inferred from it.
	Clinical Class = "clinical"
	// Words are what they wrote themselves, and what was said to them, word for word.
	Words Class = "words"
	// Engagement is where they are in programs, and what was done, in the programs' own words.
	Engagement Class = "engagement"
)

// Classes are all there are.
func Classes() []Class { return []Class{Identity, Contact, Clinical, Words, Engagement} }

// Profile is a role: what it is for, what it permits, and what it sees of a person whose record it opens.
type Profile struct {
	Role    Role
	For     string
	Permits []Permission
	Sees    []Class
	// Panel tells that it opens records of its own panel only, and others by breaking the glass.
	Panel bool
}

// Roles are all there are. What a role does not name it may not do; every account may do OwnAccount.
func Roles() []Profile {
	return []Profile{
		{Operator, "Runs the machines. Sees nobody's record.", []Permission{DeliveryRead, DeliveryControl, ArrivalsRead, QuarantineSend, ImportRun, SettingsRead, FolderCheck, ProgramRead}, nil, false},
		{Admin, "Gives staff their roles, and sources their keys. Sees nobody's record.", []Permission{StaffManage, SourcesManage, ArrivalsRead, QuarantineSend, KeysManage, SettingsRead, ProgramRead, DeliveryRead}, nil, false},
		{CareCoordinator, "Cares for a panel: work, replies, calls.",
			[]Permission{PeopleFind, PeopleList, PeopleReport, PersonRead, PersonHold, PersonNote, PersonMerge, ErasureRequest, PersonObject, PersonCorrect, BreakGlass, ContactsRead, ContactsVerify, ContactsRelease, WorkRead, WorkDo, InboxRead, InboxTake, AttentionResume, TouchReplay, ProgramRead, DeliveryRead},
			[]Class{Identity, Contact, Words, Engagement}, true},
		{Clinician, "Cares for a panel, and knows its clinical facts.",
			[]Permission{PeopleFind, PeopleList, PeopleReport, PersonRead, PersonHold, PersonNote, PersonObject, BreakGlass, WorkRead, WorkDo, InboxRead, InboxTake, AttentionResume, ProgramRead, DeliveryRead},
			Classes(), true},
		{Author, "Writes programs and texts, and tries them out.", []Permission{ProgramRead, ProgramCheck, ProgramEdit, SimulateRun, ArrivalsRead, PeopleReport, DeliveryRead}, nil, false},
		{MedicalReviewer, "Signs texts as medically right.", []Permission{ProgramRead, ProgramCheck, MedicalReview, SimulateRun}, nil, false},
		{LegalReviewer, "Signs texts as legally right.", []Permission{ProgramRead, ProgramCheck, LegalReview}, nil, false},
		{Publisher, "Puts programs live, and watches what they do.", []Permission{ProgramRead, ProgramCheck, ProgramEdit, ProgramPublish, SimulateRun, HistoryPlay, LearnRun, LibraryImport, PeopleReport, PeopleList, DeliveryRead, DeliveryControl, CeilingRaise, ArrivalsRead}, nil, false},
		{Analyst, "Looks at counts and reports. Sees nobody's record.", []Permission{ProgramRead, PeopleReport, HistoryPlay, SimulateRun, ArrivalsRead, DeliveryRead}, nil, false},
		{SafetyOfficer, "Looks after harm: what people wrote, and whether to stop.", []Permission{PersonRead, PersonHold, InboxRead, InboxTake, WorkRead, ProgramRead, DeliveryRead, DeliveryControl, PeopleList}, []Class{Identity, Clinical, Words, Engagement}, false},
		{PrivacyOfficer, "Looks after consent and people's rights, and whether some are served worse than others.", []Permission{PeopleFind, PeopleReport, FairnessRead, PersonRead, PersonHold, ErasureRequest, ErasureConfirm, LegalHold, PersonExport, PersonObject, PersonRestrict, PersonCorrect, CorrectionsList, ReviewGlass, ContactsRead, ContactsVerify, ContactsRelease, ArrivalsRead, QuarantineRead, QuarantineSend, AuditRead, LibraryExport, ProgramRead}, Classes(), false},
		{Auditor, "Reads the audit log.", []Permission{AuditRead, ReviewGlass, ProgramRead, SettingsRead, DeliveryRead}, nil, false},
		{Service, "Another system, which sends events.", []Permission{EventsSend}, nil, false},
	}
}

// Known tells whether there is this role.
func (r Role) Known() bool { return r.profile() != nil }

func (r Role) profile() *Profile {
	all := Roles()
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.Role == r }); i >= 0 {
		return &all[i]
	}
	return nil
}
