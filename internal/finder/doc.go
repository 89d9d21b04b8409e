// Package finder finds people by what they are called, when they were born and how they are reached, and keeps which two
// records may be of one person.
//
// Its [Book] is a file beside the states that holds no name, date or number, only keyed hashes of them: of names as
// written and as heard, of birth dates, of the ends of telephone numbers. Who has the file without the organisation's
// secret learns how many people share something, and not what. A hash is a hint: whoever is found is looked up in
// their sealed state, and compared with what was asked.
//
// What it knows of people can be made anew from their states. Which pairs are open it can find out again; what somebody
// said of a pair is kept nowhere else. It merges nobody.
//
// Whoever writes states tells it in the order of commits: [Book.Is] and [Book.Passed]. That may wait in memory, since
// after a crash it is found again in the states; [Book.Search] knows it at once. Start there and at [Book.Look].
package finder
