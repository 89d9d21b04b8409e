package attune_test

import (
	"context"
	"fmt"
	"log"
	"os"

	attune "attune/clients/go"
)

// A script finds somebody by what a source calls them, and asks why the newest decisions were made.
func Example() {
	ctx := context.Background()
	c, err := attune.Open("http://localhost:8080", os.Getenv("TOKEN"))
	if err != nil {
		log.Fatal(err)
	}
	id := "ehr:p-1042"
	found, err := c.FindPeopleWithResponse(ctx, &attune.FindPeopleParams{AttunePurpose: attune.Treatment}, attune.FindPeopleRequest{Id: &id})
	if err := attune.Wrong(found, err); err != nil {
		log.Fatal(err) // such as: 403 You may not do this: …
	}
	for _, p := range found.JSON200.People {
		why, err := c.WhyWithResponse(ctx, p.Person, &attune.WhyParams{AttunePurpose: attune.Treatment})
		if err := attune.Wrong(why, err); err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.Person, len(why.JSON200.Decisions))
	}
}
