// Package access says who may do what: the roles that staff and systems have, what each permits, and which fields of a
// person's record a role needs to see. It is a table and questions about it: it asks nobody who they are, keeps nothing, and must
// not know of HTTP. What is not permitted here is refused.
package access
