// Package cache answers "where did `make tools` put it?".
package cache

import (
	"os"
	"path/filepath"
	"testing"
)

// Folder is where everything is that the checks install.
func Folder(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "ostiary")
}
