package likeness_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/person"
	"attune/internal/likeness"
)

func TestWordsAreFolded(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Núñez":                 "nunez",
		"GARCÍA MÁRQUEZ":        "garcia marquez",
		"Jean-Luc":              "jean luc",
		"O'Brien":               "obrien",
		"O’Brien":               "obrien",
		"D´Angelo":              "dangelo",
		"de la Cruz":            "de la cruz",
		"Müller":                "muller",
		"Groß":                  "gross",
		"Søren Łukasz Æbelø":    "soren lukasz aebelo",
		"İpek Işık":             "ipek isik",
		"J.R.":                  "j r",
		"Wesley123 Smith456":    "wesley smith",
		"3rd":                   "3rd",
		"12":                    "12",
		"Иванов Пётр":           "иванов петр",
		"Παπαδόπουλος":          "παπαδοπουλοσ",
		"محمد":                  "محمد",
		"प्रिया":                "प्रिया",
		"山田 太郎":                 "山田 太郎",
		"ＹＡＭＡＤＡ":                "yamada",
		"  ":                    "",
		"–":                     "",
		strings.Repeat("a", 99): strings.Repeat("a", 64),
	} {
		if got := strings.Join(likeness.Words(name), " "); got != want {
			t.Errorf("%q is folded to %q, want %q", name, got, want)
		}
	}
}

func heardAlike(a, b string) bool {
	x, y := likeness.Words(a), likeness.Words(b)
	return slices.ContainsFunc(likeness.Heard(x[0]), func(k string) bool { return slices.Contains(likeness.Heard(y[0]), k) })
}

func TestNamesAreHeardAlike(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		"Jon": "John", "Smith": "Smyth", "Quispe": "Kispe", "Núñez": "Nunez", "Catherine": "Kathryn", "Stephen": "Steven", "Geoffrey": "Jeffrey", "Philip": "Fillip",
		"Jiménez": "Giménez", "Vázquez": "Básquez", "Hernández": "Ernandes", "Guillermo": "Guiyermo", "Ximena": "Jimena", "Cecilia": "Sesilia", "Huamán": "Wamán", "Yolanda": "Llolanda",
		"Knight": "Night", "Wright": "Right", "Schultz": "Shultz", "Mueller": "Müller", "Zoë": "Zoe", "Eric": "Erik", "Иван": "Иван", "González": "Gonsales", "Rodríguez": "Rodrigues",
	} {
		if !heardAlike(a, b) {
			t.Errorf("%s and %s are not heard alike: %v %v", a, b, likeness.Heard(likeness.Words(a)[0]), likeness.Heard(likeness.Words(b)[0]))
		}
	}
	for a, b := range map[string]string{
		"Ana": "Eva", "Smith": "Jones", "Quispe": "Mamani", "García": "Gómez", "John": "Mark", "Иван": "Пётр", "Rosa": "Luz",
	} {
		if heardAlike(a, b) {
			t.Errorf("%s and %s are heard alike: %v %v", a, b, likeness.Heard(likeness.Words(a)[0]), likeness.Heard(likeness.Words(b)[0]))
		}
	}
}

// somebody is written as "first last|born|sex|phone|street, city|kind".
func somebody(s string) *likeness.Facts {
	part := strings.Split(s+"||||||", "|")
	first, last, _ := strings.Cut(part[0], "/")
	street, city, _ := strings.Cut(part[4], ",")
	var traits []person.Trait
	for _, t := range [][2]string{{"birth_date", part[1]}, {"city", city}, {"first_name", first}, {"last_name", last}, {"phone", part[3]}, {"preferred_name", part[6]}, {"sex", part[2]}, {"street", street}} {
		if t[1] != "" {
			traits = append(traits, person.Trait{Name: t[0], Value: expr.TextOf(t[1])})
		}
	}
	f := likeness.Of(traits)
	f.Kind = part[5]
	return &f
}

func TestWhoIsAskedAbout(t *testing.T) {
	t.Parallel()
	const phone, street = "+1 202 555 0143", "12 Green Lane,Albany"
	for _, c := range []struct {
		name, a, b string
		ask        bool
	}{
		{"the same name and birth date", "John/Smith|1956-04-21", "John/Smith|1956-04-21", true},
		{"a name heard alike, and the birth date", "Jon/Smyth|1956-04-21", "John/Smith|1956-04-21", true},
		{"Spanish names heard alike", "María José/Giménez|1956-04-21", "Maria Jose/Jimenez|1956-04-21", true},
		{"one of two last names, in either order", "Gabriel/García Márquez|1956-04-21", "Gabriel/Márquez|1956-04-21", true},
		{"last names the other way round", "Gabriel/García Márquez|1956-04-21", "Gabriel/Marquez Garcia|1956-04-21", true},
		{"a second first name left out", "Juan Carlos/Pérez|1956-04-21", "Juan/Perez|1956-04-21", true},
		{"an initial", "Juan C./Pérez|1956-04-21", "Juan Carlos/Perez|1956-04-21", true},
		{"what somebody is called", "Robert/Miller|1956-04-21", "Bob/Miller|1956-04-21||||patient|", false},
		{"what both are called", "Robert/Miller|1956-04-21|||||Bob", "Bob/Miller|1956-04-21", true},
		{"a whole name in one field", "/John Smith|1956-04-21", "John/Smith|1956-04-21", true},
		{"names and telephone, one birth date not known", "John/Smith||male|" + phone, "John/Smith|1956-04-21|male|202-555-0143", true},
		{"names alone", "John/Smith", "John/Smith", false},
		{"names and place alone", "John/Smith||||" + street, "John/Smith||||" + street, false},
		{"a new last name, with telephone and birth date", "Ana/Quispe|1956-04-21||" + phone, "Ana/Miller|1956-04-21||" + phone, true},
		{"a new last name with the birth date alone", "Ana/Quispe|1956-04-21", "Ana/Miller|1956-04-21", false},
		{"telephone and birth date, a first name not known", "/Quispe|1956-04-21||" + phone, "Ana/Quispe|1956-04-21||" + phone, true},
		{"day and month swapped, and the same full name", "Ana/Quispe|1956-04-11", "Ana/Quispe|1956-11-04", true},
		{"day and month swapped, and a name heard alike", "Ana/Quispe|1956-04-11", "Ana/Kispe|1956-11-04", false},
		{"another birth date", "Ana/Quispe|1956-04-11", "Ana/Quispe|1957-04-11", false},
		{"another birth date, with telephone and street", "Ana/Quispe|1956-04-11||" + phone + "|" + street, "Ana/Quispe|1957-04-11||" + phone + "|" + street, false},
		{"another sex", "Andrea/Rossi|1956-04-11|male", "Andrea/Rossi|1956-04-11|female", false},
		{"another sex and the same telephone", "Andrea/Rossi|1956-04-11|male|" + phone, "Andrea/Rossi|1956-04-11|female|" + phone, true},
		{"another role", "Eva/Quispe|1956-04-11||" + phone + "||patient", "Eva/Quispe|1956-04-11||" + phone + "||caregiver", false},
		{"a junior that one record leaves out", "John/Smith Jr.|1956-04-11", "John/Smith|1956-04-11", true},
		{"nobody", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := somebody(c.a), somebody(c.b)
			there, back := likeness.Compare(a, b, false), likeness.Compare(b, a, false)
			if there.Ask != c.ask {
				t.Errorf("asked: %v, for %v, against %v", there.Ask, there.For, there.Against)
			}
			if !slices.Equal(there.For, back.For) || !slices.Equal(there.Against, back.Against) || there.Ask != back.Ask {
				t.Errorf("the other way round it is %+v, not %+v", back, there)
			}
			if !likeness.Compare(a, b, true).Ask {
				t.Error("an identifier of both is not asked about")
			}
		})
	}
}

func TestTwinsAreNotProposed(t *testing.T) {
	t.Parallel()
	const home = "|1990-05-02|%s|+12025550143|12 Green Lane,Albany"
	for _, twins := range [][2]string{
		{"Ana", "Eva"}, {"Mario", "María"}, {"Juan", "Juana"}, {"Marta", "Mirta"}, {"Juan Carlos", "Juan Pedro"}, {"María José", "María Fernanda"}, {"Jon", "Jan"}, {"Wesley123", "Willis456"},
	} {
		for _, sex := range []string{"", "female"} {
			a, b := somebody(twins[0]+"/Quispe"+strings.ReplaceAll(home, "%s", sex)), somebody(twins[1]+"/Quispe"+strings.ReplaceAll(home, "%s", sex))
			if l := likeness.Compare(a, b, false); l.Ask || !slices.Contains(l.Against, likeness.OtherFirst) {
				t.Errorf("%s and %s: %+v", twins[0], twins[1], l)
			}
		}
	}
}

func TestAParentAndAChildOfOneNameAreNotProposed(t *testing.T) {
	t.Parallel()
	for _, of := range [][2]string{
		{"John/Smith Sr.|1950-05-02|male|2025550143|12 Green Lane,Albany", "John/Smith Jr.|1975-09-12|male|2025550143|12 Green Lane,Albany"},
		{"John/Smith|1950-05-02|male|2025550143|12 Green Lane,Albany", "John/Smith|1975-09-12|male|2025550143|12 Green Lane,Albany"},
		{"John/Smith Sr.||male|2025550143|12 Green Lane,Albany", "John/Smith Jr.||male|2025550143|12 Green Lane,Albany"},
		{"John/Smith||male|2025550143|12 Green Lane,Albany", "John/Smith III||male|2025550143|12 Green Lane,Albany"},
	} {
		if l := likeness.Compare(somebody(of[0]), somebody(of[1]), false); l.Ask {
			t.Errorf("%q and %q: %+v", of[0], of[1], l)
		}
	}
}

func TestTwoNumbersOfOneHospitalNeedMoreThanNameAndBirthDate(t *testing.T) {
	t.Parallel()
	number := func(f *likeness.Facts, value string) *likeness.Facts {
		f.Numbers = []likeness.Number{{System: "ward", Value: value}}
		return f
	}
	a, b := number(somebody("John/Smith|1956-04-21"), "1"), number(somebody("John/Smith|1956-04-21"), "2")
	if l := likeness.Compare(a, b, false); l.Ask || !slices.Contains(l.Against, likeness.OtherNumber) {
		t.Errorf("%+v", l)
	}
	a, b = number(somebody("John/Smith|1956-04-21||2025550143"), "1"), number(somebody("John/Smith|1956-04-21||2025550143"), "2")
	if l := likeness.Compare(a, b, false); !l.Ask || !slices.Contains(l.Against, likeness.OtherNumber) {
		t.Errorf("with the same telephone %+v", l)
	}
	if l := likeness.Compare(a, number(b, "1"), false); slices.Contains(l.Against, likeness.OtherNumber) {
		t.Errorf("one number: %+v", l)
	}
}

func TestStrangersOfACommonNameAreNotProposed(t *testing.T) {
	t.Parallel()
	for of, ask := range map[string]bool{"María/García|1956-04-21": false, "María/García|1956-04-21||2025550143": true, "María/García|1956-04-21|||1 A,B": true} {
		a, b := somebody(of), somebody(of)
		a.Common = true
		if l := likeness.Compare(a, b, false); l.Ask != ask || !slices.Contains(l.Against, likeness.CommonName) {
			t.Errorf("%s: %+v", of, l)
		}
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	for _, r := range []likeness.Reason{
		likeness.SameName, likeness.HeardName, likeness.SameFirst, likeness.SameBorn, likeness.SwappedBorn, likeness.SamePhones, likeness.SameEmail, likeness.SamePlace, likeness.SameIdentifier,
		likeness.OtherFirst, likeness.OtherLast, likeness.OtherBorn, likeness.OtherSex, likeness.OtherGeneration, likeness.OtherNumber, likeness.OtherKind, likeness.CommonName,
	} {
		if !strings.Contains(r.String(), " ") {
			t.Errorf("%s has no words", r)
		}
	}
}

// Whatever a name is, folding it again changes nothing, and what is written alike is heard alike.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"García Márquez", "O'Brien", "Wesley123", "xX", "ggh", "Иванов", "ß", "´", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		words := likeness.Words(name)
		again := likeness.Words(strings.Join(words, " "))
		if !slices.Equal(words, again) {
			t.Errorf("%q is folded to %q, and that to %q", name, words, again)
		}
		for _, w := range words {
			if w == "" || len(likeness.Heard(w)) == 0 || len(w) > 64 {
				t.Errorf("%q has the word %q", name, w)
			}
		}
	})
}

func TestComparingIsTheSameBothWays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		who := rapid.Custom(func(rt *rapid.T) *likeness.Facts {
			pick := func(of ...string) string { return rapid.SampledFrom(of).Draw(rt, "pick") }
			return somebody(pick("Ana", "Anna", "Juan Carlos", "Juan C", "J", "") + "/" + pick("Quispe", "Kispe", "García Márquez", "Márquez", "Smith Jr", "") + "|" +
				pick("1956-04-11", "1956-11-04", "1990-01-30", "") + "|" + pick("male", "female", "") + "|" + pick("+12025550143", "2025550143", "0143", "") + "|" + pick("1 A,B", "") + "|" + pick("patient", "caregiver") + "|" + pick("Ana", "Ani", ""))
		})
		a, b := who.Draw(rt, "a"), who.Draw(rt, "b")
		x, y := likeness.Compare(a, b, false), likeness.Compare(b, a, false)
		if x.Ask != y.Ask || !slices.Equal(x.For, y.For) || !slices.Equal(x.Against, y.Against) {
			rt.Fatalf("%+v, and the other way round %+v", x, y)
		}
	})
}
