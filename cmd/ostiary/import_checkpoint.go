package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// An import writes down how far it has come every second, and every so many entries.
const (
	checkpointPause   = time.Second
	checkpointEntries = 1000
)

// checkpointAhead is how many entries are said to be begun before they are.
const checkpointAhead = 1000

// checkpoint remembers up to which entry of a file all are done, and what has become of
// them, so that an import that was interrupted goes on from there. The nil one remembers
// nothing.
type checkpoint struct {
	path   string
	from   int // entries that runs before have done
	before int // the last entry that a run before may have imported

	mu      sync.Mutex
	named   mark
	written time.Time
}

// mark is what a checkpoint file holds.
type mark struct {
	File    string    `json:"file"`   // which one: SHA-256 of its size and beginning
	Format  string    `json:"format"` // another one counts other entries
	Started time.Time `json:"started"`
	Seed    string    `json:"seed"` // of subs, which another run must make alike
	Entries int       `json:"entries"`
	Begun   int       `json:"begun"`  // none after it was
	Report  int64     `json:"report"` // bytes of it, about these entries
	Tally   tally     `json:"tally"`  // of these entries
}

// openCheckpoint reads the checkpoint of a file, if there is one.
func openCheckpoint(path, format string, file *os.File) (*checkpoint, error) {
	which, err := fingerprint(file)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{path: path, named: mark{File: which, Format: format, Started: time.Now().UTC(), Seed: rand.Text()}, written: time.Now()}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	var kept mark
	if err := json.Unmarshal(content, &kept); err != nil || kept.Entries < 0 || kept.Report < 0 {
		return nil, fmt.Errorf("%s is no checkpoint of an import", path)
	}
	if kept.File != which || kept.Format != format {
		return nil, fmt.Errorf("%s is of another file or format", path)
	}
	c.named, c.from, c.before = kept, kept.Entries, kept.Begun
	return c, nil
}

// fingerprint tells files apart without reading the whole of them.
func fingerprint(file *os.File) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, info.Size())
	if _, err := io.Copy(sum, io.LimitReader(file, 64<<10)); err != nil {
		return "", err
	}
	_, err = file.Seek(0, io.SeekStart)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// passed reports whether a run before has dealt with the entry.
func (c *checkpoint) passed(n int) bool { return c != nil && n <= c.from }

// begun reports whether a run before may have imported the entry.
func (c *checkpoint) begun(n int) bool { return c != nil && n <= c.before }

// reported is how much of the report is about what runs before have done.
func (c *checkpoint) reported() int64 {
	if c == nil {
		return 0
	}
	return c.named.Report
}

// tally is what runs before have come to; fresh, where there were none.
func (c *checkpoint) tally(fresh tally) tally {
	if c.from == 0 {
		return fresh
	}
	kept := c.named.Tally
	if kept.Failed == nil {
		kept.Failed = fresh.Failed
	}
	return kept
}

// begin takes note, ahead of time, that entries up to some after n may have been
// imported when the run breaks off, whatever breaks it off.
func (c *checkpoint) begin(n int) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n <= c.named.Begun {
		return nil
	}
	c.named.Begun = n + checkpointAhead
	return c.write()
}

// reached takes note, from time to time, that all entries up to this one are done.
func (c *checkpoint) reached(entries int, t tally, report int64) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.written) < checkpointPause && entries < c.named.Entries+checkpointEntries {
		return nil
	}
	c.named.Entries, c.named.Tally, c.named.Report = entries, t.kept(), report
	c.written = time.Now()
	return c.write()
}

func (c *checkpoint) write() error {
	content, err := json.Marshal(c.named)
	if err != nil {
		return err
	}
	beside := c.path + ".new"
	if err := os.WriteFile(beside, content, 0o600); err != nil {
		return err
	}
	return os.Rename(beside, c.path)
}

// end writes a last time, or removes the checkpoint of an import that came to its end.
func (c *checkpoint) end(whole bool, entries int, t tally, report int64) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !whole {
		c.named.Entries, c.named.Tally, c.named.Report = entries, t.kept(), report
		return c.write()
	}
	if err := os.Remove(c.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// checkpoint opens what --resume names. A dry run would pass for a real one.
func (flags importFlags) checkpoint(file *os.File) (*checkpoint, error) {
	if flags.resume == "" {
		return nil, nil
	}
	if flags.dryRun {
		return nil, errors.New("--dry-run and --resume do not go together")
	}
	return openCheckpoint(flags.resume, flags.format, file)
}
