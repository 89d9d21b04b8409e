package rights

import (
	"bytes"
	"html/template"
)

// section is one part of the page.
type section struct {
	ID, Title, Says, None string
	Columns               []string
	Rows                  [][]string
}

// page writes the page: one file, which loads nothing and runs nothing.
func page(h *Held) (string, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	var sections []section
	for _, x := range tables(h) {
		sections = append(sections, section{x.file, x.title, x.says, x.none, x.columns, x.rows})
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		*Held
		Sections []section
	}{h, sections})
	return b.String(), err
}

const pageText = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What is held about you</title>
<style>
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --soft: #595959; --line: #767676; --link: #0b4f9e; --band: #f2f4f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f0; --paper: #16181c; --soft: #b8bcc4; --line: #8a8f99; --link: #9cc4ff; --band: #22262d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; font: 1.05rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main, nav { max-width: 100%; }
h1 { font-size: 1.9rem; line-height: 1.2; }
h2 { font-size: 1.35rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
p, li { max-width: 46rem; }
a { color: var(--link); }
a:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.soft, caption { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: start; padding-bottom: .4rem; }
th, td { text-align: start; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; white-space: pre-wrap; min-width: 5rem; }
thead th { background: var(--band); white-space: normal; overflow-wrap: normal; }
@media print { body { max-width: none; color: #000; background: #fff; font-size: 10pt; } nav { display: none; } .wide { overflow: visible; } thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; } }
</style>
</head>
<body>
<header>
<h1>What {{with .Organisation}}{{.}}{{else}}this organisation{{end}} holds about you</h1>
<p class="soft">Written down on {{.Made}}. Your number here is {{.Person}}.{{with .Died}} We were told that you died on {{.}}.{{end}}</p>
<p>You asked what is held about you. This page has all of it in words. The same stands in the files beside it: tables (CSV) for a spreadsheet, and record.fhir.json, which other health systems can read.</p>
</header>
<nav aria-label="On this page">
<ul>
{{range .Sections}}<li><a href="#{{.ID}}">{{.Title}}</a></li>
{{end}}<li><a href="#logic">How decisions are made</a></li>
<li><a href="#kept">How long it is kept</a></li>
<li><a href="#left-out">What is left out</a></li>
<li><a href="#rights">What you may ask for</a></li>
</ul>
</nav>
<main>
{{range .Sections}}<section aria-labelledby="{{.ID}}">
<h2 id="{{.ID}}">{{.Title}}</h2>
<p>{{.Says}}</p>
{{if .Rows}}<div class="wide" role="region" aria-labelledby="{{.ID}}" tabindex="0">
<table>
<caption>{{len .Rows}} {{if eq (len .Rows) 1}}row{{else}}rows{{end}}</caption>
<thead><tr>{{range .Columns}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>
{{end}}</tbody>
</table>
</div>{{else}}<p class="soft">{{.None}}</p>{{end}}
</section>
{{end}}<section aria-labelledby="logic">
<h2 id="logic">How decisions are made</h2>
<p>A machine decides whether a message is sent to you, which one, how and when. It decides nothing about your treatment. It goes by rules that people wrote and by what is in the tables above:</p>
<ul>
<li>A rule sees something happen, such as an appointment that was missed, and proposes a message.</li>
<li>Questions are asked in a fixed order: whether you agreed, whether you are to be left alone, whether enough was said lately, whether an address is known to be yours. The first that says no stops the message. The table of decisions names it.</li>
<li>Where several messages could go, the one of most use is chosen: by how much it is worth, by what we believe about your readiness, and in some programs by what was learned from messages to many people. There, a small share is left to chance, so that it can be learned what helps. The table says for each choice by what it was made.</li>
</ul>
<p>People can look at any of it, tell you why, and decide otherwise.</p>
</section>
<section aria-labelledby="kept">
<h2 id="kept">How long it is kept</h2>
<p>It is kept until you are erased, or until the organisation's own rules say so: ask them which these are. Tasks that are over are kept for thirty days.</p>
</section>
<section aria-labelledby="left-out">
<h2 id="left-out">What is left out</h2>
<ul>
<li>Names of staff, since they are people too. Their part is told as what they did, when, and what for.</li>
<li>Other people's numbers here, such as a caregiver's. What was said to you about somebody stays, as it was said to you.</li>
<li>Messages from an address that several people share, where nobody knows who wrote.</li>
<li>Records that may be yours or somebody else's, and nobody has said yet.</li>
<li>Keys and hashes by which records are found and protected.</li>
</ul>
</section>
<section aria-labelledby="rights">
<h2 id="rights">What you may ask for</h2>
<ul>
<li>That something is corrected, or that it is noted that you dispute it.</li>
<li>That nothing is inferred about you: no groups, no stages, no learning. Then fixed rules alone decide.</li>
<li>That you are sent nothing that advertises, for good.</li>
<li>That what is held is only kept, and nothing is done with it, while something is in dispute.</li>
<li>That a consent ends, as easily as it was given.</li>
<li>That you are erased.</li>
<li>That a human looks at a decision.</li>
</ul>
<p>Ask the organisation that gave you this page. You may also complain to the authority that watches over data protection where you live.</p>
</section>
</main>
</body>
</html>
`
