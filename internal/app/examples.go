package app

// bodies are bodies that can be sent, by the operations that take them, where the examples of their fields do not make one. The contract and
// the page /docs/api show them, and a test sends each to a server.
func bodies() map[string]string {
	const (
		reason = `{"reason":"She asked for it in writing."}`
		two    = `{"one":"demo:patient-0042","other":"demo:patient-0043","note":"Twins, who live together."}`
		other  = `{"of":"demo:patient-0044","note":"The practice called both numbers."}`
	)
	return map[string]string{ //nolint:gosec // there is no secret in it
		"sayDifferent": two, "mergePeople": other, "partPeople": other,
		"reviewOpening":     `{"note":"It was her shift, and the ward did ask."}`,
		"resumePassage":     `{"person":"demo:patient-0042"}`,
		"releaseContact":    `{"channel":"email","address":"patient0042@people.example","reason":"It bounced by mistake, as their provider says."}`,
		"replayDeadLetters": `{"touches":[]}`,
		"pause":             `{"channel":"sms","why":"The carrier asked for it."}`,
		"resume":            `{"channel":"sms"}`,
		"testChannel":       `{"to":"you@clinic.example"}`,
		"raiseCeiling":      `{"program":"diabetes","engagement":"refill_reminder","to":5000,"for":"24h"}`,
		"explain":           `{"program":"diabetes","file":"signals.yaml"}`,
		"addSource":         `{"source":"ward"}`,
		"retryQuarantine":   `{"source":"app","reason":"found text where integer is declared"}`,
		"dropQuarantine":    `{"source":"app","reason":"found text where integer is declared","why":"The app's test data."}`,
		"beginImport":       `{"paths":[],"uploads":[],"source":"ehr"}`,
		"requestErasure":    reason, "setLegalHold": reason, "liftLegalHold": reason,
		"referWork":            `{"outcome":"accepted","reason":"They see her on Monday."}`,
		"answerWork":           `{"score":7}`,
		"inviteStaff":          `{"name":"Kim Lee","email":"kim@clinic.example","roles":["clinician"],"programs":["diabetes"],"url":"http://localhost:8080"}`,
		"changeStaff":          `{"email":"kim@clinic.example","roles":["clinician","auditor"]}`,
		"resetStaff":           `{"email":"kim@clinic.example","url":"http://localhost:8080"}`,
		"addToken":             `{"name":"nightly","roles":["auditor"]}`,
		"addMyToken":           `{"name":"laptop"}`,
		"addService":           `{"name":"ehr","roles":["service"],"source":"ehr","jwks":` + jwks + `}`,
		"rotateService":        `{"jwks":` + jwks + `}`,
		"dryRun":               `{"program":"diabetes","events":[{"at":"2027-03-01T10:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org","timezone":"America/New_York"}},{"at":"2027-03-01T10:00:00Z","event":"clinical.condition_recorded","props":{"codes":["44054006"]}}],"on":true}`,
		"dryRunRelease":        `{"program":"diabetes","events":[{"at":"2027-03-01T10:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org","timezone":"America/New_York"}},{"at":"2027-03-01T10:00:00Z","event":"clinical.condition_recorded","props":{"codes":["44054006"]}}],"on":true}`,
		"readRule":             `{"program":"diabetes","when":"phase() == \"treatment\""}`,
		"tryAudience":          `{"program":"diabetes","when":"phase() == \"treatment\"","beside":"!has_happened(\"portal.visited\")","show":3}`,
		"dryRunPerson":         `{"events":[],"on":true}`,
		"previewContentPerson": `{"program":"diabetes","content":"email/refill-warm.en"}`,
		"changeDraft":          `{"changes":[{"program":"diabetes","file":"map.yaml","do":"set","path":"/phases/follow_up/name","value":"Living with it, day by day"}]}`,
		"writeDraft":           `{"program":"diabetes","files":{"README.md":"# Diabetes\n"}}`,
		"publish":              `{"programs":[{"id":"hello","files":{` + helloFiles + `}}]}`,
	}
}

// jwks is a set of one public key, whose private half nobody has.
const jwks = `{"keys":[{"kty":"EC","crv":"P-384","kid":"2027","use":"sig","alg":"ES384","x":"3pf7X34aYyj4EFoK_LpevPKFvRxrYSarMne3u1uOtGYHCLO3HKXgWeTGMsu7EPA7","y":"CYTRP2vugigrbPzAimonLYBszVdPabqOc8XoJdml_Na45jUC3-1LTQxxEHWiOgCm"}]}`

// helloFiles are the files of the smallest program there is.
const helloFiles = `"program.yaml":"program: hello\nname: Hello\nlanguages: [en]\nenroll: {on: traits.updated}\n",` +
	`"map.yaml":"stakeholders:\n  - {id: patient, name: Patient, kind: patient}\nphases:\n  - {id: start, name: Start, enter: {on: traits.updated}}\n",` +
	`"policy.yaml":"sender: Green Lane Team\nzone: America/New_York\ncontact_hours: {from: \"08:00\", to: \"21:00\"}\ncaps: [{count: 3, within: 7d}]\nconsent: {jurisdiction: US}\n"`
