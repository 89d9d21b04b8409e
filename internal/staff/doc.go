// Package staff keeps who may come in: accounts of staff with their roles, invitations, passwords, second factors, sessions, and
// the tokens of scripts and other systems. It owns staff.db of a data folder.
//
// It promises that
//   - secrets are kept as hashes only (passwords by Argon2id, everything drawn by SHA-256), and names, addresses and TOTP secrets sealed;
//   - a link, a recovery code and a step of a TOTP work once;
//   - whatever ends an access (another password, other roles, an account that is disabled, a revoked token) ends it at the next request,
//     also where another process says so: nothing is remembered between requests;
//   - nobody learns from it whether an address has an account, and nobody can keep others out by guessing.
//
// It must not know of HTTP, and says who somebody is, never what they may do: that is package access.
// Start at [Open]; why it is as it is stands in docs/adr/0033.
package staff
