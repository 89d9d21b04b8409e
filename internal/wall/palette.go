package wall

// Ink is a colour by its purpose, so that a screen can show the same layout in its own colours.
type Ink string

// The inks. Heat and its text have five steps each, by heat and onHeat.
const (
	None     Ink = ""
	Paper    Ink = "paper"
	Surfaced Ink = "surface"
	Sunken   Ink = "sunken"
	Ink1     Ink = "ink"
	Ink2     Ink = "ink-2"
	Ink3     Ink = "ink-3"
	Line1    Ink = "line"
	Line2    Ink = "line-2"
	Brand    Ink = "brand"
	Wash     Ink = "wash"
	Flow     Ink = "flow"
	Flow2    Ink = "flow-2"
	Lost     Ink = "lost"
	LostWash Ink = "lost-wash"
	Bad      Ink = "bad"
)

// heat is the colour of a step from 1 to 5; a heat that nobody knows looks like the lowest.
func heat(n int) Ink { return Ink("heat-" + string(rune('0'+min(max(n, 1), 5)))) }

// onHeat is the colour of text on it.
func onHeat(n int) Ink { return Ink("on-heat-" + string(rune('0'+min(max(n, 1), 5)))) }

// heatWord goes with the colour and the bars, so that none of them has to be seen.
func heatWord(n int) string {
	return []string{"", "low", "some", "raised", "high", "highest"}[min(max(n, 0), 5)]
}

// rgb is an ink on paper.
func (i Ink) rgb() uint32 {
	switch i {
	case Paper:
		return 0xf6f3ec
	case Surfaced, "heat-1":
		return 0xfffdf8
	case Sunken:
		return 0xece7db
	case Ink1, "on-heat-1":
		return 0x16211f
	case Ink2:
		return 0x45524f
	case Ink3:
		return 0x5f6c69
	case Line1:
		return 0xd9d2c3
	case Line2:
		return 0xb9b09c
	case Brand:
		return 0x0b5f63
	case Wash:
		return 0xdcebe9
	case Flow:
		return 0x8fbfbb
	case Flow2:
		return 0xbfdcd8
	case Lost:
		return 0x7b6f86
	case LostWash:
		return 0xe4deea
	case Bad:
		return 0xa3212b
	case "heat-2":
		return 0xfbe2ad
	case "heat-3":
		return 0xf6be62
	case "heat-4":
		return 0xe2813a
	case "heat-5":
		return 0x9c2f12
	case "on-heat-2":
		return 0x3d2f0a
	case "on-heat-3":
		return 0x3a2503
	case "on-heat-4":
		return 0x241000
	case "on-heat-5":
		return 0xfff6ee
	default:
		return 0
	}
}

// RGBA makes an ink what package image draws with.
func (i Ink) RGBA() (r, g, b, a uint32) {
	c := i.rgb()
	return (c >> 16 & 255) * 0x101, (c >> 8 & 255) * 0x101, (c & 255) * 0x101, 0xffff
}
