package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
	"attune/core/words"
)

// Compiler checks and compiles expressions. It gathers the counters and anchors that they need into
// one Plan, so that two rules that count the same events share one list. It is used by one goroutine
// at a time; what it returns may be shared freely.
//
// An expression goes through four hands. The parser makes a tree. Vetting looks at every name in it
// and knows what the author may have meant. CEL's checker judges the types. Lowering turns the tree
// into closures and reports what only it can know, such as a count compared with no constant.
type Compiler struct {
	schema Schema
	states *cel.Env
	events map[string]*cel.Env // with the variable event, by the event's name
	known  map[string]function
	names  Names
	zone   *instant.Zone
	sets   []ValueSet
	words  *words.Table
	// vocabulary counts the declarations of value sets and words, so that filters which read other
	// words share no memory, though they are the same text.
	vocabulary int
	consents   []asked // since the names were declared
	plan       draft
	// remembered is what was to be remembered before this program's names were declared.
	remembered int
}

// NewCompiler makes a compiler for the events of a schema.
func NewCompiler(schema Schema) *Compiler {
	env, err := environment(schema)
	if err != nil {
		panic("expr: the language's own declarations disagree: " + err.Error()) //nolint:forbidigo // no input leads here
	}
	return &Compiler{schema: schema, states: env, events: map[string]*cel.Env{}, known: functionsByName()}
}

// State compiles a condition on the person.
//
//	count("portal.visited", "7d") < 1 && count("portal.visited", "28d") >= 4
func (c *Compiler) State(src string) (Rule, []Problem) {
	u := c.unit(src, scope{person: true})
	var rule Rule
	u.compile(c.states, types.BoolType, func(root ast.Expr) { rule = u.rule(u.ask(root)) })
	if len(u.problems) > 0 {
		return Rule{}, inOrder(u.problems)
	}
	return rule, nil
}

// Where compiles a condition on one event of the given name. An empty source is the nil Filter,
// which takes every event.
//
//	event.code in ["4548-4", "17856-6"] && event.value > 53
func (c *Compiler) Where(event, src string) (Filter, []Problem) {
	w, problems := c.where(event, src)
	return w.match, problems
}

// where also tells what memory of these events is known by.
func (c *Compiler) where(event, src string) (watched, []Problem) {
	w := watched{event: event}
	if problem, ok := c.checkEvent(event); !ok {
		return w, []Problem{problem}
	}
	if strings.TrimSpace(src) == "" {
		return w, nil
	}
	u := c.unit(src, scope{variable: "event", event: event})
	u.compile(c.env(event), types.BoolType, func(root ast.Expr) { w = u.watching(event, root) })
	if len(u.problems) > 0 {
		return watched{event: event}, inOrder(u.problems)
	}
	return w, nil
}

// Amount compiles a duration, which may depend on one event of the given name. With no name it is
// a constant. A duration may also be written bare: 36h.
//
//	days(event.days_supply + 5)
func (c *Compiler) Amount(event, src string) (Amount, []Problem) {
	amount, _, problems := c.amount(event, src)
	return amount, problems
}

func (c *Compiler) env(event string) *cel.Env {
	if event == "" {
		return c.states
	}
	if c.events[event] == nil {
		env, err := c.states.Extend(cel.Variable("event", cel.ObjectType(typeName(event))))
		if err != nil {
			panic("expr: the language's own declarations disagree: " + err.Error()) //nolint:forbidigo // no input leads here
		}
		c.events[event] = env
	}
	return c.events[event]
}

// checkEvent tells whether there is an event of that name, and what to say if there is none.
func (c *Compiler) checkEvent(name string) (Problem, bool) {
	if _, known := c.schema.Fields(name); known {
		return Problem{}, true
	}
	if name == "" {
		return Problem{What: "an event's name is missing here"}, false
	}
	return Problem{What: fmt.Sprintf("there is no event %q", name), Hint: didYouMean(name, c.schema.Names())}, false
}

// unit is one expression on its way through the compiler.
type unit struct {
	*Compiler
	src      string
	scope    scope
	info     *ast.SourceInfo
	checked  *ast.AST
	nodes    map[int64]ast.Expr // what the author wrote, without what macros added
	faulty   map[int64]bool     // nodes already reported
	units    map[int64]string   // of the fields that have one
	problems []Problem

	// What the closures read, for Rule.
	mentions []string
	asks     []int
	chooses  []int
	timed    bool
	// cost is how many values it looks at, at most.
	cost int
	// looksUp tells that value sets or words were read.
	looksUp bool
}

func (c *Compiler) unit(src string, s scope) *unit {
	return &unit{Compiler: c, src: src, scope: s, nodes: map[int64]ast.Expr{}, faulty: map[int64]bool{}, units: map[int64]string{}}
}

// compile takes the source through all four hands. Whatever an expression with problems wanted
// remembered is dropped again.
func (u *unit) compile(env *cel.Env, want *types.Type, lower func(root ast.Expr)) {
	parsed := u.parse(env)
	if parsed == nil {
		return
	}
	u.vet(parsed.NativeRep().Expr(), u.scope)
	u.check(env, parsed, want)
	if len(u.problems) > 0 {
		return
	}
	before := u.plan.clone()
	lower(u.checked.Expr())
	u.afford()
	if len(u.problems) > 0 {
		u.plan = before
	}
}

func (u *unit) parse(env *cel.Env) *cel.Ast {
	if len(u.src) > maxSource {
		u.problems = append(u.problems, Problem{Offset: maxSource,
			What: fmt.Sprintf("the expression has %d bytes, more than %d", len(u.src), maxSource),
			Hint: "give its parts names, as signals"})
		return nil
	}
	if strings.TrimSpace(u.src) == "" {
		u.problems = append(u.problems, Problem{What: "the expression is empty"})
		return nil
	}
	if !utf8.ValidString(u.src) {
		u.problems = append(u.problems, Problem{What: "the expression is not valid UTF-8"})
		return nil
	}
	parsed, issues := env.Parse(u.src)
	if wrong := issues.Errors(); len(wrong) > 0 {
		// What the parser says after it has lost its way confuses more than it helps.
		u.problems = append(u.problems, syntaxProblem(u.src, wrong[0]))
		return nil
	}
	tree := parsed.NativeRep()
	u.info = tree.SourceInfo()
	if depth := ast.Heights(tree)[tree.Expr().ID()]; depth > maxDepth {
		u.problems = append(u.problems, Problem{
			What: fmt.Sprintf("the expression is nested %d deep, more than %d", depth, maxDepth),
			Hint: "give its parts names, as signals"})
		return nil
	}
	return parsed
}

// check asks CEL's type checker, and keeps what it says about nodes that vetting let pass.
func (u *unit) check(env *cel.Env, parsed *cel.Ast, want *types.Type) {
	checked, issues := env.Check(parsed)
	for _, e := range issues.Errors() {
		u.mistyped(e)
	}
	if issues.Err() != nil || len(u.problems) > 0 {
		return
	}
	u.checked = checked.NativeRep()
	root := u.checked.Expr()
	if got := checked.OutputType(); !got.IsExactType(want) && !(want == types.DurationType && isText(root)) {
		u.report(root, u.otherTrait(root, want.String()), "this is %s, but %s is needed here", inWords(got.String()), inWords(want.String()))
	}
}

// isText tells a text as it is written. It can stand wherever a duration is wanted.
func isText(e ast.Expr) bool {
	return e.Kind() == ast.LiteralKind && e.AsLiteral().Type() == types.StringType
}

// report adds a problem at a node.
func (u *unit) report(e ast.Expr, hint, what string, args ...any) {
	u.faulty[e.ID()] = true
	u.problems = append(u.problems, Problem{Offset: u.at(e), What: fmt.Sprintf(what, args...), Hint: hint})
}

// at is the byte at which a node starts. The parser gives a call the place of its parenthesis and a
// field that of its dot; readers look for the name.
func (u *unit) at(e ast.Expr) int {
	r, _ := u.info.GetOffsetRange(e.ID())
	at := byteOffset(u.src, int(r.Start))
	switch {
	case at < len(u.src) && u.src[at] == '(':
		end := len(strings.TrimRight(u.src[:at], " \t\r\n"))
		name := strings.TrimRightFunc(u.src[:end], isWord)
		return len(name)
	case at < len(u.src) && u.src[at] == '.' && e.Kind() == ast.SelectKind:
		rest := u.src[at+1:]
		return at + 1 + len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
	}
	return at
}

func isWord(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// byteOffset converts the parser's count of characters.
func byteOffset(s string, characters int) int {
	for i := range s {
		if characters <= 0 {
			return i
		}
		characters--
	}
	return len(s)
}
