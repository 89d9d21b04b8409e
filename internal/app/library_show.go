package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"attune/internal/pattern"
)

// readLibrary reads a file that somebody gave.
func readLibrary(file string) ([]byte, *pattern.Signed, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, pattern.MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", file, err)
	}
	lib, err := pattern.Parse(data)
	if flaw, is := errors.AsType[*pattern.Flaw](err); is {
		err = fmt.Errorf("%s: %w", file, flaw)
	}
	return data, lib, err
}

// ShowLibrary checks a file and tells what is in it, and whose its key is by the word of a data folder, if there is one.
func ShowLibrary(ctx context.Context, data, file string) (*CheckedLibrary, error) {
	_, lib, err := readLibrary(file)
	if err != nil {
		return nil, err
	}
	var keys LibraryKeys
	if used, err := Used(data); err != nil || used {
		if keys, err = LibraryKeysIn(ctx, data); err != nil {
			return nil, err
		}
	}
	return checked(lib, &keys), nil
}

func checked(lib *pattern.Signed, keys *LibraryKeys) *CheckedLibrary {
	return &CheckedLibrary{ID: lib.ID, Key: lib.KeyText(), Fingerprint: pattern.Fingerprint(lib.Key), TrustedAs: keys.Whose(lib.KeyText()), Library: lib.File}
}

// WriteText tells what is in a file.
func (c *CheckedLibrary) WriteText(w io.Writer) error {
	f := &c.Library
	fmt.Fprintf(w, "%s says what worked there, as of %s.\n", f.Organisation, f.Made)
	if c.TrustedAs == "" {
		fmt.Fprintln(w, "The signature is right, but nobody said here whose key it is: compare the fingerprint with them, then use attune library trust.")
	} else {
		fmt.Fprintf(w, "The signature is right. The key is that of %s.\n", c.TrustedAs)
	}
	fmt.Fprintf(w, "Key          %s\nFingerprint  %s\n\n", c.Key, c.Fingerprint)
	if len(f.Patterns) == 0 {
		fmt.Fprintln(w, "It tells no patterns.")
	} else {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ENGAGEMENT\tBEHAVIOR\tPROCESS\tSTAGE\tCHANNEL\tOUTCOME\tPEOPLE\tIT CHANGED THE CHANCE BY\tMONTHS")
		for i := range f.Patterns {
			p := &f.Patterns[i]
			fmt.Fprintf(t, "%s/%s\t%s\t%s\t%s\t%s\t%s in %g days\tabout %d and %d\t%+.1f points (%+.1f to %+.1f)\t%s to %s\n", p.Program, p.Engagement, orDash(p.Behavior), orDash(p.Process), p.Stage, p.Channel,
				p.OutcomeName, p.WithinDays, p.Told, p.Untold, 100*p.Effect, 100*p.Lo, 100*p.Hi, p.From, p.Until)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w, "\nPeople are those to whom it was said, and those to whom nothing was said though it could have been. The change is against saying\nnothing, by chance draws, with 95 % intervals.")
	}
	for _, s := range f.Starters {
		fmt.Fprintf(w, "The program %s is in it, to begin from: attune library start.\n", s.Program)
	}
	for _, x := range f.Withheld {
		fmt.Fprintf(w, "%d combinations are withheld: %s.\n", x.Count, x.Why)
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// WriteText tells what of others counts.
func (l *Library) WriteText(w io.Writer) error {
	if l.Says != "" {
		fmt.Fprintf(w, "%s\n", l.Says)
	}
	if len(l.Files) == 0 {
		fmt.Fprintln(w, "Nothing of other organisations counts here.")
	}
	for _, f := range l.Files {
		until := ""
		if f.Ended != "" {
			until = ", until " + f.Ended
		}
		fmt.Fprintf(w, "%s, %s: %d patterns, file %.16s, since %s%s\n", f.Organisation, f.Made, f.Patterns, f.ID, f.Imported, until)
	}
	if l.Standing != nil {
		fmt.Fprintf(w, "What was seen here leaves %.0f %% of it standing.\n", 100**l.Standing)
	}
	if len(l.Moved) > 0 {
		fmt.Fprintf(w, "\nAll that others measured of one thing is worth %d decisions here at most.\n\n", l.Worth)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ENGAGEMENT\tSTAGE\tCHANNEL\tTHEY MEASURED\tWORTH\tEXPECTED WITHOUT\tEXPECTED WITH\tFROM")
		for _, m := range l.Moved {
			fmt.Fprintf(t, "%s/%s\t%s\t%s\t%+.1f points, give or take %.1f\t%d\t%+.1f\t%+.1f\t%s\n", m.Program, m.Engagement, m.Stage, m.Channel, 100*m.Theirs, 196*m.SD, m.Worth, 100*m.Was, 100*m.Is, strings.Join(m.From, ", "))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, x := range l.Unused {
		fmt.Fprintf(w, "%d patterns change nothing here: %s.\n", x.Count, x.Why)
	}
	return nil
}
