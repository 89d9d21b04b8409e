// Package seal keeps what identifies a person unreadable without that person's own key.
//
// It owns two files of a data folder: keys.dat, with one data key per person, and kek.json, the key
// that wraps them. Everything Attune stores about a person (events, state, history, messages) passes
// through [Keys.Seal] first, and is bound to its place: organisation, person, kind and name are
// authenticated with it, so bytes copied to another row, person or organisation do not open.
//
// It promises that
//   - sealing is deterministic (AES-SIV): the same state rebuilt from history gives the same bytes;
//   - a key is on the disk before [Keys.Ensure] returns, so nothing is ever sealed with a key that a
//     crash can take away;
//   - a key that was erased stays erased: [Keys.Erase] makes all that was sealed with it noise, in
//     every file and backup that does not contain the key.
//
// It never looks into what it seals, and no error of it contains plaintext or key material. Equal
// plaintexts sealed under equal names give equal bytes; callers whose plaintexts repeat put
// something that differs (a position, a version) into the name.
//
// Start at [Open]; the format of the keys file is in slot.go.
package seal
