package app

import (
	"context"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/staff"
)

// rightsOperations are what people have a right to.
func (n *Node) rightsOperations() []api.Operation {
	legal := func(lift bool, id, route, summary string) api.Operation {
		o := opCall(n, id, route, access.LegalHold, callLegalHold, summary, func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Reason string `json:"reason" required:"" doc:"Which law or case."`
		}, ask func(context.Context, LegalHoldWord) (nothing, error),
		) (api.Nothing, error) {
			_, err := ask(ctx, LegalHoldWord{Person: in.Person, Lift: lift, Reason: in.Reason, By: by(ctx)})
			return api.Nothing{}, err
		})
		o.What = calls()[callLegalHold].what(LegalHoldWord{Lift: lift})
		return o
	}
	return append([]api.Operation{
		explained(created(opCall(n, "requestErasure", "POST /v1/people/{person}/erasure", access.ErasureRequest, callErase, "Ask for somebody's erasure.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Reason string `json:"reason" required:"" doc:"Why, such as that they asked for it."`
			}, ask func(context.Context, EraseWord) (Erasure, error),
			) (Erasure, error) {
				return ask(ctx, EraseWord{Person: in.Person, Reason: in.Reason, By: by(ctx)})
			})), "Nothing is erased before somebody else confirms it."),
		opCall(n, "listErasures", "GET /v1/erasures", access.ErasureConfirm, callErasures, "List the erasures that were asked for, and where they stand.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]Erasure, error)) (out api.List[Erasure], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(e *Erasure) string { return e.ID })
			}),
		explained(opCall(n, "confirmErasure", "POST /v1/erasures/{erasure}/confirm", access.ErasureConfirm, callConfirm, "Erase somebody for good. Somebody else has to have asked for it.",
			func(ctx context.Context, in struct {
				Erasure string `path:"erasure" doc:"Its id."`
			}, ask func(context.Context, ConfirmWord) (Erasure, error),
			) (Erasure, error) {
				return ask(ctx, ConfirmWord{ID: in.Erasure, By: by(ctx)})
			}), "It cannot be taken back. docs/rights.md tells what goes, and what stays."),
		legal(false, "setLegalHold", "PUT /v1/people/{person}/legal-hold", "Say that the law forbids to erase somebody."),
		legal(true, "liftLegalHold", "POST /v1/people/{person}/legal-hold/lift", "Say that the law forbids it no more."),
		explained(opCall(n, "releaseFence", "POST /v1/fence/release", access.DeliveryControl, callReleaseFence, "Let a restored folder speak again.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, ReleaseWord) (Released, error)) (Released, error) {
				return ask(ctx, ReleaseWord{By: by(ctx)})
			}), "What may have been said before the restore never is; docs/backup.md tells more."),
	}, n.moreRights()...)
}

// tokenLasts is how long a token lasts of which nobody says it.
const tokenLasts = 90 * instant.Day

// staffOperations are about accounts and tokens.
func (n *Node) staffOperations() []api.Operation {
	return []api.Operation{
		opCall(n, "listStaff", "GET /v1/staff", access.StaffManage, callStaffList, "List the accounts of staff.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]staff.Account, error)) (out api.List[staff.Account], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(a *staff.Account) string { return a.ID })
			}),
		explained(created(opCall(n, "inviteStaff", "POST /v1/staff", access.StaffManage, callInvite, "Ask somebody in: an account with roles, and a link by which they choose a password.",
			func(ctx context.Context, in struct {
				Invitation StaffInvite `body:""`
			}, ask func(context.Context, StaffInvite) (StaffLink, error),
			) (StaffLink, error) {
				return ask(ctx, in.Invitation)
			})), "The link is sent by e-mail where that is set up, and shown otherwise."),
		explained(opCall(n, "changeStaff", "POST /v1/staff/change", access.StaffManage, callStaffChange, "Change somebody's roles or programs, or end or give back their access.",
			func(ctx context.Context, in struct {
				Change StaffChange `body:""`
			}, ask func(context.Context, StaffChange) (staff.Account, error),
			) (staff.Account, error) {
				return ask(ctx, in.Change)
			}), "What is left out stays. Their sessions end at once."),
		opCall(n, "resetStaff", "POST /v1/staff/reset", access.StaffManage, callStaffReset, "Let somebody choose another password, by a link.",
			func(ctx context.Context, in struct {
				Reset StaffReset `body:""`
			}, ask func(context.Context, StaffReset) (StaffLink, error),
			) (StaffLink, error) {
				return ask(ctx, in.Reset)
			}),
		opCall(n, "listTokens", "GET /v1/tokens", access.StaffManage, callTokenList, "List the tokens of scripts, without their secrets.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]staff.Token, error)) (out api.List[staff.Token], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(t *staff.Token) string { return t.ID })
			}),
		explained(created(opCall(n, "addToken", "POST /v1/tokens", access.StaffManage, callTokenAdd, "Make a token for a script, and show it this once.",
			func(ctx context.Context, in struct {
				Token Token `body:""`
			}, ask func(context.Context, Token) (TokenMade, error),
			) (TokenMade, error) {
				if in.Token.Ends.IsZero() {
					in.Token.Ends = n.Wall().Add(tokenLasts).Std()
				}
				return ask(ctx, in.Token)
			})), "Only its hash is kept. Without `ends` it lasts for 90 days; a year is the most."),
		opCall(n, "revokeToken", "DELETE /v1/tokens/{token}", access.StaffManage, callTokenRevoke, "Take a token away.",
			func(ctx context.Context, in struct {
				Token string `path:"token" doc:"Its name."`
			}, ask func(context.Context, tokenName) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, tokenName{in.Token})
				return api.Nothing{}, err
			}),
	}
}
