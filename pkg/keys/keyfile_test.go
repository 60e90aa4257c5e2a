package keys_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/keys"
)

func TestKeyFileIsMadeForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "key")
	if _, err := keys.OpenKeyFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v, want the key alone", entries, err)
	}
}

func TestKeyFileRefuses(t *testing.T) {
	good := strings.Repeat("A", 43) + "=\n"
	for rule, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by the group": {good, 0o640, "chmod 600"},
		"readable by all":       {good, 0o604, "chmod 600"},
		"writable by the group": {good, 0o620, "chmod 600"},
		"empty":                 {"", 0o600, "32 bytes"},
		"short":                 {"AAAA\n", 0o600, "32 bytes"},
		"not base64":            {"!" + good, 0o600, "32 bytes"},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		if _, err := keys.OpenKeyFile(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", rule, err, c.want)
		}
	}
	folder := t.TempDir()
	if _, err := keys.OpenKeyFile(folder); err == nil {
		t.Error("a folder is taken for a key")
	}
	link := filepath.Join(folder, "link")
	if err := os.WriteFile(filepath.Join(folder, "key"), []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("key", link); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenKeyFile(link); err == nil {
		t.Error("a symbolic link, whose target others may choose, is taken for a key")
	}
}

// A pipe's mode may be 0600, and its reader waits for whoever writes, or for ever.
func TestAPipeIsNoKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	writer.Go(func() { _ = os.WriteFile(path, []byte(strings.Repeat("A", 43)+"=\n"), 0o600) })
	if _, err := keys.OpenKeyFile(path); err == nil {
		t.Error("what somebody writes into a pipe is taken for a key")
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // lets the writer go
	if err != nil {
		t.Fatal(err)
	}
	writer.Wait()
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

// TestKeyFileMadeTwiceAtOnce: both end with the key that is in the file.
func TestKeyFileMadeTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	wrappers := make([]keys.Wrapper, 8)
	var wg sync.WaitGroup
	for i := range wrappers {
		wg.Go(func() {
			var err error
			if wrappers[i], err = keys.OpenKeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	dataKey := bytes.Repeat([]byte{9}, 32)
	wrapped, err := wrappers[0].Wrap(t.Context(), dataKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrappers {
		if got, err := w.Unwrap(t.Context(), wrapped); err != nil || !bytes.Equal(got, dataKey) {
			t.Errorf("got %x, %v", got, err)
		}
	}
}
