// Command commonpasswords answers "which passwords are guessed first?": it makes
// pkg/identity/common_passwords.bin of lists that others have gathered, and of ours.
// `make passwords` fetches them and runs it; which they are, and under which
// licences, pkg/identity/common_passwords.md says. It is no part of the product.
//
// An entry is the first five bytes of the SHA-256 of a password in the form in which
// package identity compares it. What is shorter than a password may be is left out.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	entryLength = 5
	shortest    = 8
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: commonpasswords OUTPUT LIST...")
	}
	entries := map[[entryLength]byte]bool{}
	for _, name := range os.Args[2:] {
		listed, err := read(name)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		before := len(entries)
		for _, password := range listed {
			folded := strings.ToLower(norm.NFKC.String(password))
			if utf8.RuneCountInString(folded) >= shortest {
				sum := sha256.Sum256([]byte(folded))
				entries[[entryLength]byte(sum[:entryLength])] = true
			}
		}
		fmt.Printf("%s: %d listed, %d new\n", path.Base(name), len(listed), len(entries)-before)
	}
	sorted := make([][]byte, 0, len(entries))
	for entry := range entries {
		sorted = append(sorted, entry[:])
	}
	slices.SortFunc(sorted, bytes.Compare)
	if err := os.WriteFile(os.Args[1], bytes.Join(sorted, nil), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d entries\n", len(sorted))
}

// read returns what a list holds: an npm package's, a wheel's, or a file's lines.
func read(name string) ([]string, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	switch path.Ext(name) {
	case ".tgz":
		return fromPackage(content)
	case ".whl":
		return fromWheel(content)
	}
	return strings.Split(string(content), "\n"), nil
}

// fromPackage reads zxcvbn's lists, each a string of words with commas between, and those
// of its successor, an array.
func fromPackage(content []byte) (listed []string, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	lists := regexp.MustCompile(`\w+: "([^"]*)"`)
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return listed, nil
		}
		if err != nil {
			return nil, err
		}
		file, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		switch header.Name {
		case "package/lib/frequency_lists.js":
			for _, list := range lists.FindAllSubmatch(file, -1) {
				listed = append(listed, strings.Split(string(list[1]), ",")...)
			}
		case "package/src/passwords.json":
			var words []string
			if err := json.Unmarshal(file, &words); err != nil {
				return nil, err
			}
			listed = append(listed, words...)
		}
	}
}

// fromWheel reads Django's list.
func fromWheel(content []byte) ([]string, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	file, err := archive.Open("django/contrib/auth/common-passwords.txt.gz")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	lines, err := io.ReadAll(unzipped)
	return strings.Split(string(lines), "\n"), err
}
