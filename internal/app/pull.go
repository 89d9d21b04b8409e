package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/programdir"
)

// Pulled says what Pull did: which release it wrote, or which files it would have overwritten.
type Pulled struct {
	Number  int      `json:"number"`
	Release string   `json:"release"`
	Folders []string `json:"folders"`
	// Differ are files in the way that are not as any release has them; nothing was written then.
	Differ []string `json:"differ,omitempty"`
}

// Pull writes the files of the live release, or of a named one, into a folder: straight into it for one
// program, into a folder for each of several. Files there that no release has are in the way, unless
// forced; files that the release does not have are taken away.
func Pull(data, name, dir string, force bool) (out Pulled, err error) {
	a, err := openArchive(data)
	if err != nil {
		return out, err
	}
	if len(a.list) == 0 {
		return out, notUsed(data)
	}
	p := a.live()
	if name != "" {
		if p, err = a.find(name); err != nil {
			return out, err
		}
	}
	all, err := a.files(p)
	if err != nil {
		return out, err
	}
	out.Number, out.Release = p.Number, p.Release
	for i := range all {
		home := dir
		if len(all) > 1 {
			home = filepath.Join(dir, p.Programs[i].ID)
		}
		out.Folders = append(out.Folders, home)
		differ, err := a.inTheWay(home, p.Programs[i].ID, all[i].Texts)
		if err != nil {
			return out, err
		}
		out.Differ = append(out.Differ, differ...)
	}
	if len(out.Differ) > 0 && !force {
		return out, nil
	}
	out.Differ = nil
	for i, home := range out.Folders {
		if err := replaceFiles(home, all[i].Texts); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Live compiles the release that is in force in a data folder, whether a server runs there or not.
func Live(data string, zones *instant.Zones) (*release.Release, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	if len(a.list) == 0 {
		return nil, notUsed(data)
	}
	rel, _, err := a.compile(a.live(), zones)
	return rel, err
}

// inTheWay lists the files of a folder that pulling would overwrite or take away and that are not kept:
// a folder that is wholly as some release has it may be overwritten.
func (a *archive) inTheWay(home, id string, texts map[string]string) ([]string, error) {
	if _, err := os.Stat(home); err != nil {
		return nil, nil //nolint:nilerr // there is nothing in the way
	}
	there, problems, err := programdir.ReadFiles(home)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("look what is in %s: %s", home, problems[0])
	}
	for i := range a.list {
		for _, kept := range a.list[i].Programs {
			if kept.ID == id && kept.Hash == program.HashOf(there.Texts) {
				return nil, nil
			}
		}
	}
	var differ []string
	for path, text := range there.Texts {
		if is, has := texts[path]; !has || is != text {
			differ = append(differ, filepath.Join(home, filepath.FromSlash(path)))
		}
	}
	slices.Sort(differ)
	return differ, nil
}

// replaceFiles makes a folder hold exactly these files, but for those whose names begin with a dot.
func replaceFiles(home string, texts map[string]string) error {
	if err := writeFiles(home, texts, false); err != nil {
		return err
	}
	there, _, err := programdir.ReadFiles(home)
	if err != nil {
		return err
	}
	for path := range there.Texts {
		if _, has := texts[path]; !has {
			if err := os.Remove(filepath.Join(home, filepath.FromSlash(path))); err != nil {
				return fmt.Errorf("write program: %w", err)
			}
		}
	}
	return nil
}
