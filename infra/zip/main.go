// Command zip packs a function as Lambda wants it: one executable named bootstrap, and
// beside it the folders that are given, each under a name.
// The same binary makes the same zip, byte for byte, so that a deployment without
// a change changes nothing.
//
//	go run ./infra/zip build/token/bootstrap build/token.zip [NAME=FOLDER...]
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: zip BINARY ZIP [NAME=FOLDER...]")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3:]...); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

func pack(binary, target string, folders ...string) (err error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := zip.NewWriter(file)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	if err := add(w, "bootstrap", 0o755, content); err != nil {
		return err
	}
	for _, given := range folders {
		name, folder, _ := strings.Cut(given, "=")
		if err := addFolder(w, name, os.DirFS(folder)); err != nil {
			return err
		}
	}
	return w.Close()
}

// add writes an entry without a time, so that the zip is reproducible.
func add(w *zip.Writer, name string, mode fs.FileMode, content []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate}
	header.SetMode(mode)
	entry, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = entry.Write(content)
	return err
}

func addFolder(w *zip.Writer, name string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		return add(w, path.Join(name, file), 0o644, content)
	})
}
