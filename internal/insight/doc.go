// Package insight keeps the facts that numbers about programs are made of, and answers from them: where people are on a map, how they
// went on, how long they waited, what was said to them and what became of it.
//
// A fact is what a commit's effects and events say about somebody, without who that is: a pseudonym, names of the program's own files,
// levels of the attributes that the map names, instants and numbers. Facts are read off commits ([Of]); they are kept in columns in
// memory ([Columns]) that questions go over, and in a file ([Base]) from which the columns are filled at start and which can be
// exported. Whatever is lost of either is read off the history again.
//
// The package must not know texts, identifiers or addresses, and must not decide anything about anybody.
package insight
