// Package fonts holds the letters that posters and reports are set in. It knows nothing of what is written with them.
package fonts

import (
	"embed"
	"fmt"
)

//go:embed *.ttf
var files embed.FS

// File is the bytes of a font by its name: regular, bold, italic, serif, and those that stand in for letters that they do not have. It
// panics for another name: the fonts are part of the program.
func File(name string) []byte {
	b, err := files.ReadFile(name + ".ttf")
	if err != nil {
		panic(fmt.Sprintf("the font %s is not part of the program: %v", name, err))
	}
	return b
}
