package app

import (
	"context"
	"io"
	"strings"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

const (
	callUpload     = "uploads/begin"
	callDropUpload = "uploads/drop"
)

type uploadCall struct {
	Name string `json:"name" required:"" doc:"What it is called: the ending tells what it is, and of CSV files the name tells which rows. Not whose it is." example:"Patient.ndjson.gz"`
}

type uploadNamed struct {
	Upload string `path:"upload" doc:"Its id."`
}

// uploadCalls say what is recorded of files that are sent.
func uploadCalls() map[string]declared {
	return map[string]declared{
		callUpload: as(audit.RecordsSent, func(_ uploadCall, out Upload) about {
			return about{object: &audit.Object{Kind: "upload", ID: out.Upload}}
		}),
		callDropUpload: as(audit.RecordsDropped, func(in uploadNamed, _ nothing) about {
			return about{object: &audit.Object{Kind: "upload", ID: in.Upload}}
		}),
	}
}

func (n *Node) handleUploads() {
	offer(n, callUpload, func(ctx context.Context, in uploadCall) (Upload, error) {
		return n.uploads.begin(api.PrincipalOf(ctx), in.Name)
	})
	offer(n, callDropUpload, func(ctx context.Context, in uploadNamed) (nothing, error) {
		return nothing{}, n.uploads.drop(api.PrincipalOf(ctx), in.Upload)
	})
}

func (n *Node) uploadOperations() []api.Operation {
	add := explained(opOwn("addToUpload", "PUT /v1/uploads/{upload}", access.ImportRun, "", "that the file is sent was recorded when it was begun", "Send a part of a file: bytes, from where it ends so far.",
		func(ctx context.Context, in struct {
			uploadNamed
			Offset int       `query:"offset" doc:"Where the part begins; 0 where it does not say. It has to be where the file ends, which listUploads tells after a break."`
			Part   io.Reader `raw:""`
		},
		) (Upload, error) {
			return n.uploads.add(api.PrincipalOf(ctx), in.Upload, int64(in.Offset), in.Part)
		}), "A part has at most 24 MiB. One that breaks off is not there: ask where the file ends, and go on.")
	add.MaxBody = maxPart
	return []api.Operation{
		explained(created(opCall(n, "beginUpload", "POST /v1/uploads", access.ImportRun, callUpload, "Begin to send a file with another system's records.",
			func(ctx context.Context, in uploadCall, ask func(context.Context, uploadCall) (Upload, error)) (Upload, error) {
				return ask(ctx, in)
			})),
			"Then addToUpload sends it, and beginImport takes it by its id. It is kept for a day, sealed by the disk alone, and taken away when it was imported or somebody is erased."),
		add,
		opOwn("listUploads", "GET /v1/uploads", access.ImportRun, "", "names and sizes of one's own files", "List the files that you sent and that are still here.",
			func(ctx context.Context, in api.Page) (api.List[Upload], error) {
				return api.PageOf(n.uploads.list(api.PrincipalOf(ctx)), in, func(u *Upload) string { return u.Upload })
			}),
		opCall(n, "dropUpload", "DELETE /v1/uploads/{upload}", access.ImportRun, callDropUpload, "Take a file away that you sent.",
			func(ctx context.Context, in uploadNamed, ask func(context.Context, uploadNamed) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, in)
				return api.Nothing{}, err
			}),
		explained(opOwn("suggestMap", "POST /v1/uploads/map", access.ImportRun, "", "names of columns, and what they may mean", "Propose a map for CSV files that you sent.",
			func(ctx context.Context, in struct {
				Uploads []string `json:"uploads" required:"" doc:"The files, by their ids." example:"[]"`
			},
			) (WorldText, error) {
				paths, back, err := n.uploads.take(api.PrincipalOf(ctx), in.Uploads)
				if err != nil {
					return WorldText{}, err
				}
				defer back(false)
				text, err := SuggestMap(paths)
				if err != nil {
					return WorldText{}, api.Refused("uploads", strings.ReplaceAll(err.Error(), n.uploads.dir, ""), "send CSV files with a first row of names")
				}
				return WorldText{string(text)}, nil
			}), "Look it through, send it as a file that ends in .yaml, and name that in map of beginImport."),
	}
}
