// Package strictjson reads JSON that strangers send, without guessing.
//
// encoding/json lets the last of two equal names win, takes "ACTIVE" for "active", repairs broken
// UTF-8 and rounds large numbers. Each of these lets two readers of the same bytes see different
// things. Here they are flaws: the document is still read to its end, so that one flawed event
// does not cost its neighbours, and whoever takes a part of the document asks whether that part is
// flawed ([Document.Flaw]).
//
// It accepts as JSON exactly what encoding/json accepts, apart from its limits (a fuzz test keeps
// it so). No error repeats anything of the content: it says where and what to do.
//
// Start at [Parse].
package strictjson
