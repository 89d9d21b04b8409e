package app

import (
	"context"
	"errors"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/pattern"
)

// libraryIn is a file of another organisation.
type libraryIn struct {
	File string `json:"file" required:"" doc:"The file's text, as it came: one byte more or less, and its signature does not hold." example:"{\"library\": {}, \"key\": \"\", \"signature\": \"\"}"`
}

// CheckedLibrary is what is in a file whose signature is right.
type CheckedLibrary struct {
	ID          string `json:"id"`
	Key         string `json:"key"`
	Fingerprint string `json:"fingerprint"`
	// TrustedAs is who is said here to own the key; empty where nobody is.
	TrustedAs string       `json:"trusted_as"`
	Library   pattern.File `json:"library"`
}

// mostLibrary is how large a request with a file may be: escaped, it is longer.
const mostLibrary = 2*pattern.MaxBytes + 1<<20

// parsedLibrary reads a file, and says what is wrong with it as the API does.
func parsedLibrary(file []byte) (*pattern.Signed, error) {
	lib, err := pattern.Parse(file)
	if flaw, is := errors.AsType[*pattern.Flaw](err); is {
		return nil, api.Refused("file", flaw.At(), flaw.Remedy)
	}
	return lib, err
}

func (n *Node) libraryOperations() []api.Operation {
	return []api.Operation{
		opCall(n, "readLibraryKeys", "GET /v1/library/keys", access.ProgramRead, callLibraryKeys, "Tell the public key that this installation signs pattern libraries with, and whose keys it trusts.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (LibraryKeys, error)) (LibraryKeys, error) {
				return ask(ctx, nothing{})
			}),
		created(explained(opCall(n, "trustLibraryKey", "POST /v1/library/keys", access.KeysManage, callLibraryTrust, "Say whose a public key is, so that their files can be imported.",
			func(ctx context.Context, in struct {
				Key          string `json:"key" required:"" doc:"Their public key, as readLibraryKeys tells it there." example:"ed25519:zNcJIjfGTL10yUrfJZmkN0taUHYauOIN7FNnqYO8eWw="`
				Organisation string `json:"organisation" required:"" doc:"Whose it is." example:"North Clinic"`
			}, ask func(context.Context, TrustWord) (Trusted, error),
			) (Trusted, error) {
				return ask(ctx, TrustWord{in.Key, in.Organisation})
			}), "Compare the fingerprint with them by another way first: whoever owns a trusted key can move what is expected here before anything is learned.")),
		explained(opCall(n, "readLibrary", "GET /v1/library", access.ProgramRead, callLibrary, "Tell what of other organisations counts here, and what it does to what is expected before anything is learned.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (*Library, error)) (*Library, error) {
				return ask(ctx, nothing{})
			}), "Files that do not count any more are there too, with when they ended: decisions were made by them."),
		func() api.Operation {
			o := explained(opCall(n, "importLibrary", "POST /v1/library", access.LibraryImport, callLibraryImport, "Take in what another organisation measured, as a weak beginning for what is of its kind here.",
				func(ctx context.Context, in struct {
					libraryIn
					Behaviors map[string]string `json:"behaviors" doc:"What their behaviours are called here, where they have other names." example:"{\"adherence\":\"adherence\"}"`
					Worth     int               `json:"worth" doc:"Of how many decisions here all that others measured of one thing is worth at most, from 10 to 2000; as it is where it does not say, which is 200 at first." example:"200"`
				}, ask func(context.Context, LibraryImport) (*Library, error),
				) (*Library, error) {
					return ask(ctx, LibraryImport{File: []byte(in.File), Behaviors: in.Behaviors, Worth: in.Worth})
				}), "The file's key has to be trusted. It is learned at once, and decisions go by it from then on. A newer file of the same key takes the place of the older one.")
			o.MaxBody = mostLibrary
			return o
		}(),
		explained(opCall(n, "forgetLibrary", "POST /v1/library/forgotten", access.LibraryImport, callLibraryForget, "Take out what another organisation measured, and the trust in its key.",
			func(ctx context.Context, in struct {
				Organisation string `json:"organisation" required:"" doc:"Whose it is, as readLibraryKeys names them." example:"North Clinic"`
			}, ask func(context.Context, ForgetWord) (*Library, error),
			) (*Library, error) {
				return ask(ctx, ForgetWord{in.Organisation})
			}), "It is learned at once without it. The file is kept, since decisions that were made by it name it."),
		explained(opCall(n, "exportLibrary", "POST /v1/library/export", access.LibraryExport, callLibraryExport, "Write what worked where into a signed file for other organisations: sums of many people, and nobody.",
			func(ctx context.Context, in struct {
				Program     string `json:"program" doc:"Only what this program does; all programs where it does not say." example:"diabetes"`
				WithProgram bool   `json:"with_program" doc:"Take the programs' files along, for others to begin from: without approvals, stories, comments, addresses, and what of the policy is a house's own." example:"true"`
			}, ask func(context.Context, LibraryExport) (LibraryFile, error),
			) (api.Text, error) {
				out, err := ask(ctx, LibraryExport{Program: in.Program, WithProgram: in.WithProgram})
				return api.Text{Type: "application/json", Body: out.Body}, err
			}), "Combinations of fewer than 11 people on any side are withheld, and what was told once stays as it is until as many are new. The file's own field withheld says how many are not told."),
		func() api.Operation {
			o := explained(opOwn("checkLibrary", "POST /v1/library/check", access.ProgramRead, "", "a file that whoever asks has, and that is not kept", "Check the signature of a pattern library, and tell what is in it.",
				func(_ context.Context, in libraryIn) (*CheckedLibrary, error) {
					lib, err := parsedLibrary([]byte(in.File))
					if err != nil {
						return nil, err
					}
					keys, err := n.libraryKeys()
					return checked(lib, &keys), err
				}), "Nothing is imported by it.")
			o.MaxBody = mostLibrary
			return o
		}(),
	}
}
