package main

import "cmp"

type contentCmd struct {
	Review contentReviewCmd `cmd:"" help:"Write all that an engagement can say as PDF, with hashes, findings and approvals."`
}

type contentReviewCmd struct {
	Program    string `arg:"" help:"The folder of a program, such as programs/diabetes."`
	Engagement string `arg:"" help:"The engagement's id, such as refill_reminder."`
	Out        string `short:"o" help:"The file to write; without it, ENGAGEMENT.pdf." type:"path" placeholder:"FILE"`
}

func (contentReviewCmd) Help() string {
	return `Writes sheets for who approves the words and has no screen: each text of an engagement, in every language and on
every channel, as it would be sent to somebody who does not exist and as it is written, with its hash, how hard it is
to read, how long it is, what the checks found, and who approved it as what and when.

The program need not be right for it: what is wrong is said. The link by which readers of an e-mail say no is added by
the server, and not in it. attune approve signs.

Example: attune content review programs/diabetes refill_reminder -o refill_reminder.pdf`
}

func (c *contentReviewCmd) Run(s streams) error {
	p, err := printedFrom(c.Program)
	if err != nil {
		return err
	}
	b, err := p.WriteReview(c.Engagement)
	if err != nil {
		return badInput{err}
	}
	return s.writes(cmp.Or(c.Out, c.Engagement+".pdf"), b)
}
