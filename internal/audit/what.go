package audit

import "slices"

// What is what was done. The set is closed: a record with another word is refused.
type What string

// Sort is of what sort a thing is that can be done.
type Sort string

// The sorts.
const (
	Look     Sort = "look"
	Change   Sort = "change"
	Decision Sort = "decision"
	Export   Sort = "export"
	Own      Sort = "the log's own"
)

// The verbs. Means says what each means.
const (
	PersonRead        What = "person.read"
	PeopleListed      What = "people.listed"
	PeopleSearched    What = "people.searched"
	PageRead          What = "page.read"
	WorkRead          What = "work.read"
	InboxRead         What = "inbox.read"
	ContactsRead      What = "contacts.read"
	FolderRead        What = "folder.read"
	PeopleReported    What = "people.reported"
	HistoryPlayed     What = "history.played"
	AuditRead         What = "audit.read"
	PersonMerged      What = "person.merged"
	PersonParted      What = "person.parted"
	PersonDistinct    What = "person.distinct"
	HoldSet           What = "hold.set"
	HoldLifted        What = "hold.lifted"
	NoteWritten       What = "note.written"
	ErasureAsked      What = "erasure.asked"
	ErasuresListed    What = "erasures.listed"
	PersonErased      What = "person.erased"
	LegalHoldSet      What = "legal_hold.set"
	LegalHoldLifted   What = "legal_hold.lifted"
	PersonExported    What = "person.exported"
	ObjectionMade     What = "objection.made"
	ObjectionEnded    What = "objection.ended"
	UseRestricted     What = "use.restricted"
	UseResumed        What = "use.resumed"
	FactCorrected     What = "fact.corrected"
	FactUncorrected   What = "fact.uncorrected"
	FactDisputed      What = "fact.disputed"
	FactSettled       What = "fact.settled"
	CorrectionsRead   What = "corrections.read"
	BackupMade        What = "backup.made"
	BackupRestored    What = "backup.restored"
	FenceLifted       What = "restore.released"
	WorkClaimed       What = "work.claimed"
	WorkReleased      What = "work.released"
	WorkHandedOver    What = "work.handed_over"
	WorkPutOff        What = "work.put_off"
	WorkDone          What = "work.done"
	RequestAnswered   What = "request.answered"
	InboxTaken        What = "inbox.taken"
	ContactReleased   What = "contact.released"
	ContactVerified   What = "contact.verified"
	PassageResumed    What = "passage.resumed"
	TouchReplayed     What = "touch.replayed"
	DeliveryPaused    What = "delivery.paused"
	DeliveryResumed   What = "delivery.resumed"
	ChannelTested     What = "channel.tested"
	CeilingRaised     What = "ceiling.raised"
	DraftBegun        What = "draft.begun"
	DraftChanged      What = "draft.changed"
	DraftRemoved      What = "draft.removed"
	ReleasePublished  What = "release.published"
	ReleaseUndone     What = "release.undone"
	QuarantineRead    What = "quarantine.read"
	QuarantineSent    What = "quarantine.sent"
	QuarantineDropped What = "quarantine.dropped"
	ImportBegun       What = "import.begun"
	ImportStopped     What = "import.stopped"
	RecordsSent       What = "records.sent"
	RecordsDropped    What = "records.dropped"
	TextSigned        What = "text.signed"
	TextWithdrawn     What = "text.withdrawn"
	ModelLearned      What = "model.learned"
	LibraryExported   What = "library.exported"
	LibraryTrusted    What = "library.key_trusted"
	LibraryImported   What = "library.imported"
	LibraryForgotten  What = "library.forgotten"
	KeyMade           What = "key.made"
	KeyRevoked        What = "key.revoked"
	LinkMade          What = "link.made"
	AccountMade       What = "account.made"
	AccountChanged    What = "account.changed"
	CredentialReset   What = "credential.reset"
	CredentialSet     What = "credential.changed"
	PasskeyAdded      What = "passkey.added"
	PasskeyRenamed    What = "passkey.renamed"
	PasskeyRemoved    What = "passkey.removed"
	SessionEnded      What = "session.ended"
	TokenMade         What = "token.made"
	TokenRevoked      What = "token.revoked"
	ServiceMade       What = "service.made"
	ServiceChanged    What = "service.changed"
	ServiceRemoved    What = "service.removed"
	ServiceAdmitted   What = "service.admitted"
	SignedIn          What = "staff.signed_in"
	SignedOut         What = "staff.signed_out"
	AccessRefused     What = "access.refused"
	ServerRun         What = "server.run"
	GlassBroken       What = "glass.broken"
	GlassRead         What = "glass.read"
	GlassReviewed     What = "glass.reviewed"
	Checkpoint        What = "log.checkpoint"
	Repaired          What = "log.repaired"
)

// Verb is a What with its meaning.
type Verb struct {
	What  What
	Sort  Sort
	Means string
}

// Verbs are all that can be recorded, each with what it means. docs/audit.md lists them from here.
func Verbs() []Verb {
	return []Verb{
		{PersonRead, Look, "What is recorded of one person was shown: their story, state, touches, consent, or why something was said to them."},
		{PeopleListed, Look, "A list was shown in which these people stand, without their names."},
		{PeopleSearched, Look, "People were looked for, and these were shown with name, birth date and telephone."},
		{PageRead, Look, "The page that shows how things stand was opened, with messages of these people."},
		{WorkRead, Look, "Work was listed that is about these people."},
		{InboxRead, Look, "What these people wrote was shown."},
		{ContactsRead, Look, "Addresses that may not be used were shown, and who is reached there."},
		{FolderRead, Look, "A data folder was looked at as a whole: whether it is sound, and counts."},
		{PeopleReported, Export, "Everybody was counted for a report, which tells numbers and nobody's record."},
		{HistoryPlayed, Export, "Everybody's history was read to try another version of the programs, or to report on decisions."},
		{AuditRead, Look, "This log was read."},
		{PersonMerged, Change, "Two records became one person's."},
		{PersonParted, Change, "Two records became two people's again."},
		{PersonDistinct, Change, "Two records were said to be of different people."},
		{HoldSet, Change, "Somebody is left alone."},
		{HoldLifted, Change, "Somebody is not left alone any more."},
		{NoteWritten, Change, "Somebody of the team wrote into a person's record."},
		{ErasureAsked, Change, "It was asked that somebody be erased."},
		{ErasuresListed, Look, "Requests for erasure were listed, with whose they are where they wait."},
		{PersonErased, Change, "Another person confirmed that somebody be erased, and they were."},
		{LegalHoldSet, Change, "It was said that the law forbids to erase this person."},
		{LegalHoldLifted, Change, "It was said that the law does not forbid to erase this person any more."},
		{PersonExported, Export, "All that is held of one person was written down, for them."},
		{ObjectionMade, Change, "It was noted that this person objects to profiling, or to what advertises."},
		{ObjectionEnded, Change, "It was noted that this person objects to that no more."},
		{UseRestricted, Change, "What is known of this person is kept, and nothing is done with it."},
		{UseResumed, Change, "What is known of this person is used again; they were told before."},
		{FactCorrected, Change, "What is known of this person was corrected."},
		{FactUncorrected, Change, "A correction of what is known of this person was taken back."},
		{FactDisputed, Change, "It was noted that this person disputes something."},
		{FactSettled, Change, "Somebody looked at what this person disputes, and said what came of it."},
		{CorrectionsRead, Look, "Facts of these people were listed that were corrected or are disputed."},
		{BackupMade, Export, "The whole folder was copied, and its keys."},
		{BackupRestored, Change, "The folder was made from a backup. What was recorded after that was made is not in this log."},
		{FenceLifted, Change, "Restored data may hand messages over again."},
		{WorkClaimed, Change, "A piece of work was claimed; whom it is about was shown, and what to say."},
		{WorkReleased, Change, "A piece of work was given back."},
		{WorkPutOff, Change, "Somebody put a piece of work off for themselves, or no longer."},
		{WorkHandedOver, Change, "A piece of work was given to somebody else of the staff."},
		{WorkDone, Change, "It was told how a piece of work went."},
		{RequestAnswered, Change, "A program's request was answered."},
		{InboxTaken, Change, "Somebody said what becomes of a message that a person wrote."},
		{ContactReleased, Change, "An address may be used again."},
		{ContactVerified, Change, "An address was said to have been made sure to be this person's own."},
		{PassageResumed, Change, "A passage through a journey goes on."},
		{TouchReplayed, Change, "Touches that had come to their end were put back."},
		{DeliveryPaused, Change, "Handing over was paused."},
		{DeliveryResumed, Change, "Handing over goes on."},
		{ChannelTested, Change, "A message that is nobody's was handed over, to see whether a channel works."},
		{CeilingRaised, Change, "One of two people raised an engagement's ceiling."},
		{DraftBegun, Change, "A draft of programs was begun."},
		{DraftChanged, Change, "A draft of programs was changed."},
		{DraftRemoved, Change, "A draft of programs was taken away."},
		{ReleasePublished, Change, "Programs were put live."},
		{ReleaseUndone, Change, "A publication was taken back."},
		{QuarantineRead, Look, "An event that could not be used was shown as it came; of these people, where that is known."},
		{QuarantineSent, Change, "Events that could not be used were sent again."},
		{QuarantineDropped, Change, "Events that could not be used were taken away for good."},
		{ImportBegun, Change, "An import of another system's records was begun."},
		{ImportStopped, Change, "An import was stopped."},
		{RecordsSent, Change, "A file with another system's records was sent, to be imported."},
		{RecordsDropped, Change, "A file that was sent to be imported was taken away."},
		{TextSigned, Change, "Somebody approved texts, with a signature of their own."},
		{TextWithdrawn, Change, "Somebody took the approval of texts back."},
		{ModelLearned, Decision, "It was learned from decisions, and later ones may go by it."},
		{LibraryExported, Export, "What worked was written into a pattern library, for other organisations: sums of eleven people or more."},
		{LibraryTrusted, Change, "Another organisation's key for pattern libraries is believed to be theirs."},
		{LibraryImported, Change, "What another organisation measured was taken in: decisions may begin from it."},
		{LibraryForgotten, Change, "What another organisation measured counts no more, and its key is not trusted."},
		{KeyMade, Change, "A write key for a source was made, or a key that letters or this log are signed with."},
		{KeyRevoked, Change, "A source's write key was revoked."},
		{LinkMade, Change, "A sign-in link for staff was made."},
		{AccountMade, Change, "Somebody was invited, and has an account with these roles."},
		{AccountChanged, Change, "An account has other roles or programs, or was disabled or enabled; its sessions ended."},
		{CredentialReset, Change, "A link was made by which an account's owner chooses another password; their second factors may have been taken away."},
		{CredentialSet, Change, "An account's owner chose a password or a second factor; their other sessions ended."},
		{PasskeyAdded, Change, "An account's owner set up a passkey; their other sessions ended."},
		{PasskeyRenamed, Change, "An account's owner gave one of their passkeys another name."},
		{PasskeyRemoved, Change, "An account's owner removed one of their passkeys."},
		{SessionEnded, Change, "An account's owner ended sessions of theirs."},
		{TokenMade, Change, "A token for a script or another system was made."},
		{TokenRevoked, Change, "A token was revoked."},
		{ServiceMade, Change, "Another system was given an account, which it proves to be its own by its keys."},
		{ServiceChanged, Change, "Another system's keys were changed; its access tokens ended."},
		{ServiceRemoved, Change, "Another system's account was taken away; its access tokens ended."},
		{ServiceAdmitted, Change, "Another system proved who it is, and was given an access token for minutes."},
		{SignedIn, Change, "Somebody signed in."},
		{SignedOut, Change, "Somebody signed out."},
		{AccessRefused, Change, "Something was refused for want of a permission, a panel, a purpose or a key; what follows within a minute is one line with its number."},
		{ServerRun, Change, "A server was started on the data folder; done tells that it stopped."},
		{GlassBroken, Change, "Somebody opened the record of a person outside their panel, for an hour, and said why."},
		{GlassRead, Look, "It was listed who opened records outside their panel, and why."},
		{GlassReviewed, Change, "Somebody else looked at why a record outside a panel was opened."},
		{Checkpoint, Own, "What came before was signed: the log, and the history's commits, which hold each decision and each send."},
		{Repaired, Own, "What a crash had left unfinished at the end was set aside."},
	}
}

// Known tells whether a record may have this verb.
func (w What) Known() bool {
	return slices.ContainsFunc(Verbs(), func(v Verb) bool { return v.What == w })
}

// Sort is the verb's; empty for one that there is not.
func (w What) Sort() Sort {
	for _, v := range Verbs() {
		if v.What == w {
			return v.Sort
		}
	}
	return ""
}

// Means is what the verb means.
func (w What) Means() string {
	for _, v := range Verbs() {
		if v.What == w {
			return v.Means
		}
	}
	return ""
}

// Personal tells that a verb is about people, so that what somebody gives as their reason may tell of one.
func (w What) Personal() bool {
	return !slices.Contains([]What{
		BackupMade, BackupRestored, FenceLifted, DeliveryPaused, DeliveryResumed, ChannelTested, CeilingRaised, DraftBegun, DraftChanged, DraftRemoved, ReleasePublished, ReleaseUndone, ImportBegun, ImportStopped, RecordsSent, RecordsDropped, TextSigned, TextWithdrawn, ModelLearned, LibraryExported, LibraryTrusted, LibraryImported, LibraryForgotten, KeyMade, KeyRevoked, LinkMade, ServerRun,
		AccountMade, AccountChanged, CredentialReset, CredentialSet, PasskeyAdded, PasskeyRenamed, PasskeyRemoved, SessionEnded, TokenMade, TokenRevoked, AccessRefused, ServiceMade, ServiceChanged, ServiceRemoved, ServiceAdmitted,
	}, w)
}
