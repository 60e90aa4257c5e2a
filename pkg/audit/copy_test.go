package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

func ids(t testing.TB, path string) (found []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
		var e audit.Event
		must(t, json.Unmarshal(scanner.Bytes(), &e))
		found = append(found, e.ID)
	}
	return found
}

func TestACopyGoesOnWhereItWasBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, all := past(t)
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		first, err := tr.OpenCopy(path, time.Time{})
		must(t, err)
		if n, err := first.Next(t.Context(), nil); err != nil || n != len(all) {
			t.Fatalf("got %d %v", n, err)
		}
		content, err := os.ReadFile(path)
		must(t, err)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v %v", info.Mode(), err)
		}
		for _, cut := range []int{0, 1, 100, 5000, len(content) / 2, len(content) - 1} { // also in the midst of a line
			must(t, os.WriteFile(path, content[:cut], 0o600))
			again, err := tr.OpenCopy(path, time.Time{})
			if cut == 1 || cut == 100 {
				if err == nil { // no whole line: it may be anybody's file
					t.Errorf("cut at %d: taken for a copy", cut)
				}
				continue
			}
			must(t, err)
			if _, err := again.Next(t.Context(), nil); err != nil {
				t.Errorf("cut at %d: %v", cut, err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("cut at %d: the copy is another %v", cut, err)
			}
		}
	})
}

func TestACopyTakesEveryEventOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, _, _ := trail(t)
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		c, err := tr.OpenCopy(path, time.Time{})
		must(t, err)
		for range 40 {
			tr.Record(t.Context(), audit.Event{Kind: audit.UserChanged, Subject: "alice"})
			time.Sleep(700 * time.Millisecond)
			_, err := c.Next(t.Context(), nil)
			must(t, err)
		}
		if got := len(ids(t, path)); got == 40 {
			t.Error("events were copied before late ones could come")
		}
		time.Sleep(time.Minute)
		n := 0
		_, err = c.Next(t.Context(), func(audit.Event) { n++ })
		must(t, err)
		var want []string
		for e, err := range tr.Oldest(t.Context(), audit.Cursor{}, time.Now()) {
			must(t, err)
			want = append(want, e.ID)
		}
		if diff := cmp.Diff(want, ids(t, path)); diff != "" || len(want) != 40 || n == 0 {
			t.Errorf("%d, %d of them last:\n%s", len(want), n, diff)
		}
	})
}

func TestACopyBeginsWhereItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, all := past(t)
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		since := all[90].Time
		c, err := tr.OpenCopy(path, since)
		must(t, err)
		_, err = c.Next(t.Context(), nil)
		must(t, err)
		n := slices.IndexFunc(all, func(e audit.Event) bool { return !e.Time.Before(since) })
		if got := ids(t, path); len(got) != len(all)-n {
			t.Errorf("got %d, want %d", len(got), len(all)-n)
		}
	})
}

func TestAnotherFileIsNoCopy(t *testing.T) {
	tr, _, _ := trail(t)
	for name, content := range map[string]string{"text": "hello\n", "JSON": "{}\n", "no line": "hello"} {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		if _, err := tr.OpenCopy(path, time.Time{}); err == nil {
			t.Errorf("%s: taken for a copy", name)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%s: it was changed to %q", name, got)
		}
	}
}

func TestWithoutATableThereIsNothingToRead(t *testing.T) {
	var lines bytes.Buffer
	tr := audit.New(nil, slog.New(slog.NewJSONHandler(&lines, nil)), audit.Options{})
	tr.Record(t.Context(), audit.Event{Kind: audit.UserCreated, Subject: "alice"})
	if !bytes.Contains(lines.Bytes(), []byte(`"user.created"`)) {
		t.Errorf("got %s", lines.String())
	}
	for _, none := range []*audit.Trail{nil, tr} {
		if _, _, err := none.Search(t.Context(), audit.Query{}); err == nil {
			t.Error("searched nothing")
		}
		for _, err := range none.Oldest(t.Context(), audit.Cursor{}, time.Now()) {
			if err == nil {
				t.Error("an event of nothing")
			}
		}
	}
}
