package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/internal/api"
)

// somebody is one of the two people that some things take: by an account of their own, or, in the operator's shell, under a name that nobody checked.
type somebody struct {
	// account tells them apart where they came by one; empty in the shell.
	account string
	// names are what they are called: in the shell as they said, otherwise their account's name and address.
	names []string
}

// same tells whether two may be one person. Two accounts are two people, whatever they are called. Where one of them came by the shell, names
// decide: whoever asked there under the name of their account does not confirm it by that account.
func (a somebody) same(b somebody) bool {
	if a.account != "" && b.account != "" {
		return a.account == b.account
	}
	return slices.ContainsFunc(a.names, func(x string) bool {
		return slices.ContainsFunc(b.names, func(y string) bool { return sameName(x, y) })
	})
}

// somebodyHere is who acts in a context, called by that name in the shell. A token or another system is nobody: whoever holds one may be anybody
// else's second person.
func (n *Node) somebodyHere(ctx context.Context, name string) (somebody, error) {
	p := api.PrincipalOf(ctx)
	switch p.Kind {
	case "":
		return somebody{names: []string{strings.TrimSpace(name)}}, nil
	case "account":
		who := n.account("account/" + p.ID)
		who.names = append(who.names, p.Name, p.ID)
		return who, nil
	case "session":
		return somebody{account: "session/" + p.ID, names: []string{p.Name}}, nil
	}
	return somebody{}, api.Refused("", fmt.Sprintf("a %s is nobody, and this takes two people", p.Kind), "sign in with an account of your own")
}

// account is what an account is called now. One that there is no more is known by its id alone.
func (n *Node) account(account string) somebody {
	who := somebody{account: account}
	if id, is := strings.CutPrefix(account, "account/"); is && n.Staff != nil {
		if a, err := n.Staff.Account(context.Background(), id); err == nil {
			who.names = []string{a.Name, a.Email}
		}
	}
	return who
}

// said is who said something before, by what was written down of them.
func (n *Node) said(account, name string) somebody {
	who := n.account(account)
	who.names = append(who.names, name)
	return who
}
