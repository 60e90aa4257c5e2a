package main

import (
	"errors"
	"io"
	"os"
)

// report has a line about everybody who is not imported as a whole. It names people, so
// its file is its owner's alone.
type report struct {
	to      io.WriteCloser // nil: nobody wants one
	written int64
}

// openReport opens what --report names. That of an import that goes on has, up to where
// it goes on from, what the run before has written.
func (flags importFlags) openReport(c *checkpoint) (report, error) {
	if flags.report == "" {
		return report{}, nil
	}
	file, err := os.OpenFile(flags.report, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return report{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() { // a terminal, or another program
		return report{to: file}, nil
	}
	var kept int64
	if err == nil {
		kept = min(c.reported(), info.Size())
		err = file.Truncate(kept)
	}
	if err == nil {
		_, err = file.Seek(kept, io.SeekStart)
	}
	if err != nil {
		return report{}, errors.Join(err, file.Close())
	}
	return report{file, kept}, nil
}

// Write writes one line, or nothing.
func (r *report) Write(line []byte) (int, error) {
	if r.to == nil || len(line) == 0 {
		return len(line), nil
	}
	n, err := r.to.Write(line)
	r.written += int64(n)
	return n, err
}

// Close closes the file.
func (r *report) Close() error {
	if r.to == nil {
		return nil
	}
	return r.to.Close()
}
