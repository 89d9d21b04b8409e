package instant

// Date is a day of the calendar (Gregorian, also before it was introduced).
type Date struct{ Year, Month, Day int }

// ParseDate reads "1980-05-17". It is false for anything else, and for days that no month has.
func ParseDate(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, false
	}
	var n [3]int
	for i, part := range [3]string{s[:4], s[5:7], s[8:]} {
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return Date{}, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	d := Date{n[0], n[1], n[2]}
	return d, d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Anniversary is the same day so many years later. Who was born on 29 February has it on 1 March in
// years without that day.
func (d Date) Anniversary(years int) Date {
	d.Year += years
	if d.Month == 2 && d.Day == 29 && !isLeap(d.Year) {
		return Date{d.Year, 3, 1}
	}
	return d
}

// Years is how many anniversaries of the date there have been at an instant, in UTC.
func (d Date) Years(at Time) int {
	today := int64(at / Time(Day))
	if at < 0 && at%Time(Day) != 0 {
		today--
	}
	years := int(float64(today-d.Days()) / 365.2425)
	for years > 0 && d.Anniversary(years).Days() > today {
		years--
	}
	for d.Anniversary(years+1).Days() <= today {
		years++
	}
	return years
}

// Days counts the days from 1970-01-01. The years are reckoned from March, so that a leap day is the
// last of its year, and in spans of 400 years, which all have the same number of days (Hinnant,
// "chrono-Compatible Low-Level Date Algorithms", 2013).
func (d Date) Days() int64 {
	year, month := int64(d.Year), int64(d.Month)-3
	if month < 0 {
		year, month = year-1, month+12
	}
	era := floorDiv(year, 400)
	ofEra := year - era*400
	ofYear := (153*month+2)/5 + int64(d.Day) - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}
