// Package cache answers "where did `make tools` put it?".
package cache

import (
	"os"
	"path/filepath"
	"testing"
)

// Find returns the folder of everything that the checks install.
func Find() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "ostiary"), err
}

// Folder is Find for a test.
func Folder(t testing.TB) string {
	t.Helper()
	folder, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}
