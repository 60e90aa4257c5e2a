package main

import (
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

// checkpointPause is how often an import writes down how far it has come.
const checkpointPause = time.Second

// checkpointAhead is how many entries are said to be begun before they are.
const checkpointAhead = 1000

// checkpoint remembers up to which entry of a file all are done, so that an import that
// was interrupted goes on from there. The nil one remembers nothing.
type checkpoint struct {
	path   string
	before int // the last entry that a run before may have imported
	named  mark

	mu      sync.Mutex
	ahead   map[int]bool // done, with one before it that is not
	written time.Time
}

// mark is what a checkpoint file holds.
type mark struct {
	File    string `json:"file"`   // which one: SHA-256 of its size and beginning
	Format  string `json:"format"` // another one counts other entries
	Entries int    `json:"entries"`
	Begun   int    `json:"begun"` // none after it was
}

// openCheckpoint reads the checkpoint of a file, if there is one.
func openCheckpoint(path, format string, file *os.File) (*checkpoint, error) {
	which, err := fingerprint(file)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{path: path, named: mark{File: which, Format: format}, ahead: map[int]bool{}, written: time.Now()}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	var kept mark
	if err := json.Unmarshal(content, &kept); err != nil || kept.Entries < 0 {
		return nil, fmt.Errorf("%s is no checkpoint of an import", path)
	}
	if kept.File != which || kept.Format != format {
		return nil, fmt.Errorf("%s is of another file or format", path)
	}
	c.named, c.before = kept, kept.Begun
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
func (c *checkpoint) passed(n int) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return n <= c.named.Entries
}

// done takes note that the entry was dealt with.
func (c *checkpoint) done(n int) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead[n] = true
	for c.ahead[c.named.Entries+1] {
		c.named.Entries++
		delete(c.ahead, c.named.Entries)
	}
	if time.Since(c.written) < checkpointPause {
		return nil
	}
	return c.write()
}

func (c *checkpoint) write() error {
	c.written = time.Now()
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
func (c *checkpoint) end(whole bool) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !whole {
		return c.write()
	}
	if err := os.Remove(c.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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

// begun reports whether a run before may have imported the entry.
func (c *checkpoint) begun(n int) bool { return c != nil && n <= c.before }

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
