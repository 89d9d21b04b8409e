package instant

import "strings"

// ParseClock reads a time of day such as "08:30", or "24:00" for the midnight at its end, as the time
// since its beginning.
func ParseClock(s string) (Duration, bool) {
	if len(s) != 5 || s[2] != ':' || strings.Trim(s[:2]+s[3:], "0123456789") != "" {
		return 0, false
	}
	hours, minutes := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if minutes > 59 || hours > 24 || hours == 24 && minutes > 0 {
		return 0, false
	}
	return Duration(hours)*Hour + Duration(minutes)*Minute, true
}
