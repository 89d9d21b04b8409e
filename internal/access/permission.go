package access

import "slices"

// Permission is leave to do one sort of thing. The set is closed: what asks for another is refused.
type Permission string

// The permissions. Permissions says what each means.
const (
	OwnAccount      Permission = "account.own"
	PeopleFind      Permission = "people.find"
	PeopleList      Permission = "people.list"
	PeopleReport    Permission = "people.report"
	FairnessRead    Permission = "fairness.read"
	PersonRead      Permission = "person.read"
	PersonHold      Permission = "person.hold"
	PersonNote      Permission = "person.note"
	PersonMerge     Permission = "person.merge"
	ErasureRequest  Permission = "erasures.request"
	ErasureConfirm  Permission = "erasures.confirm"
	LegalHold       Permission = "person.legal_hold"
	PersonExport    Permission = "person.export"
	PersonObject    Permission = "person.object"
	PersonRestrict  Permission = "person.restrict"
	PersonCorrect   Permission = "person.correct"
	CorrectionsList Permission = "corrections.list"
	BreakGlass      Permission = "glass.break"
	ReviewGlass     Permission = "glass.review"
	ContactsRead    Permission = "contacts.read"
	ContactsVerify  Permission = "contacts.verify"
	ContactsRelease Permission = "contacts.release"
	WorkRead        Permission = "work.read"
	WorkDo          Permission = "work.do"
	InboxRead       Permission = "inbox.read"
	InboxTake       Permission = "inbox.take"
	AttentionResume Permission = "attention.resume"
	TouchReplay     Permission = "touch.replay"
	ProgramRead     Permission = "program.read"
	ProgramCheck    Permission = "program.check"
	ProgramEdit     Permission = "program.edit"
	ProgramPublish  Permission = "program.publish"
	MedicalReview   Permission = "content.review_medical"
	LegalReview     Permission = "content.review_legal"
	SimulateRun     Permission = "simulate.run"
	HistoryPlay     Permission = "history.play"
	LearnRun        Permission = "learning.run"
	LibraryExport   Permission = "library.export"
	LibraryImport   Permission = "library.import"
	DeliveryRead    Permission = "delivery.read"
	DeliveryControl Permission = "delivery.control"
	CeilingRaise    Permission = "ceiling.raise"
	ArrivalsRead    Permission = "arrivals.read"
	QuarantineRead  Permission = "quarantine.read"
	QuarantineSend  Permission = "quarantine.send"
	ImportRun       Permission = "import.run"
	SourcesManage   Permission = "sources.manage"
	KeysManage      Permission = "keys.manage"
	StaffManage     Permission = "staff.manage"
	SettingsRead    Permission = "settings.read"
	FolderCheck     Permission = "folder.check"
	AuditRead       Permission = "audit.read"
	EventsSend      Permission = "events.send"
)

// Meaning is a Permission with what it lets somebody do.
type Meaning struct {
	Permission Permission
	Means      string
	// OfOne tells that it is about single people, so that the panel of whoever asks is asked too.
	OfOne bool
}

// Permissions are all there are.
func Permissions() []Meaning {
	return []Meaning{
		{OwnAccount, "Hear who one is here, and what one may do.", false},
		{PeopleFind, "Look for people by name, birth date, telephone number or identifier, and see possible duplicates.", false},
		{PeopleList, "See lists in which people stand without their names: who waits, whom a carrier refused.", false},
		{PeopleReport, "See counts about everybody.", false},
		{FairnessRead, "See by what people are served differently who should not be.", false},
		{PersonRead, "Open one person's record, as far as the role sees its fields.", true},
		{PersonHold, "Leave somebody alone, and end that.", true},
		{PersonNote, "Write into somebody's record: a note, what they told, a call or a visit.", true},
		{PersonMerge, "Say that records are of one person, or of two.", true},
		{ErasureRequest, "Ask for somebody's erasure.", true},
		{ErasureConfirm, "See which erasures are asked for, and confirm one that somebody else asked for.", false},
		{LegalHold, "Say that the law forbids to erase somebody, and that it does no more.", true},
		{PersonExport, "Take out all that is held of one person, for them.", true},
		{PersonObject, "Note what somebody objects to, and what they dispute.", true},
		{PersonRestrict, "Let what is known of somebody be kept and not used, and end that.", true},
		{PersonCorrect, "Correct what is known of somebody, and say what came of a dispute.", true},
		{CorrectionsList, "See whose facts were corrected or are disputed, and wait for a decision.", false},
		{BreakGlass, "Open the record of somebody outside one's own panel, with a reason, for an hour.", false},
		{ReviewGlass, "See who opened records outside their panel, and why, and say that it was looked at.", false},
		{ContactsRead, "See which addresses may not be used.", false},
		{ContactsVerify, "Say that an address is somebody's own.", true},
		{ContactsRelease, "Let an address be used again, whoever is reached there.", false},
		{WorkRead, "See the work that waits for people.", false},
		{WorkDo, "Claim work, see what to say to whom, and tell how it went.", false},
		{InboxRead, "Read what people wrote.", false},
		{InboxTake, "Say what becomes of what somebody wrote.", false},
		{AttentionResume, "Let a passage through a journey go on.", true},
		{TouchReplay, "Put messages back that had come to their end.", false},
		{ProgramRead, "See programs, releases, standards, and what they mean in words.", false},
		{ProgramCheck, "Check a program's files, and see what publishing them would change.", false},
		{ProgramEdit, "Write drafts of programs, which change nothing until they are published.", false},
		{ProgramPublish, "Put programs live, and take that back.", false},
		{MedicalReview, "Sign texts as medically right.", false},
		{LegalReview, "Sign texts as legally right.", false},
		{SimulateRun, "Let people who do not exist live under a program.", false},
		{HistoryPlay, "Play everybody's history through another version of the programs, and see reports on decisions.", false},
		{LearnRun, "Let it be learned from decisions now.", false},
		{LibraryExport, "Write what worked into a pattern library for other organisations: sums of many people, which leave the house.", false},
		{LibraryImport, "Let decisions begin from what other organisations measured, and end that.", false},
		{DeliveryRead, "See how channels do, what is paused and how much each engagement says, in numbers.", false},
		{DeliveryControl, "Pause handing over, and let it go on.", false},
		{CeilingRaise, "Be one of two who raise an engagement's ceiling.", false},
		{ArrivalsRead, "See which events arrive, without values, and what is in quarantine.", false},
		{QuarantineRead, "Read what an event in quarantine says, whoever it is about.", false},
		{QuarantineSend, "Send events in quarantine again, or drop them, without reading them.", false},
		{ImportRun, "Import another system's records.", false},
		{SourcesManage, "Make and revoke write keys of sources.", false},
		{KeysManage, "Make keys that letters are signed with, let another key sign the audit log, and say whose the keys of pattern libraries are.", false},
		{StaffManage, "Invite staff, give them roles, end their access; make tokens.", false},
		{SettingsRead, "See the settings, without secrets.", false},
		{FolderCheck, "Look whether the data folder is whole.", false},
		{AuditRead, "Read and verify the audit log.", false},
		{EventsSend, "Send events, as a source.", false},
	}
}

// Known tells whether there is this permission.
func (p Permission) Known() bool {
	return slices.ContainsFunc(Permissions(), func(m Meaning) bool { return m.Permission == p })
}

// OfOne tells whether a permission is about single people.
func (p Permission) OfOne() bool {
	return slices.ContainsFunc(Permissions(), func(m Meaning) bool { return m.Permission == p && m.OfOne })
}

// Purposes are what somebody may look at people for. Whoever does says which.
func Purposes() []string {
	return []string{"treatment", "coordination", "safety", "rights", "support"}
}
