package socket

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// Listen makes the socket at path, in place of one that a server left behind. The
// caller has the database file open, so no other server is alive. The folder is
// made its owner's alone before the socket is there: whoever can connect can read
// every key and write every record.
func Listen(path string) (net.Listener, error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("store: socket: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("store: socket: %w", err)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("store: socket: %s is there and is no socket", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store: socket: %w", err)
	}
	l, err := net.Listen("unix", shorten(path))
	if err != nil {
		return nil, fmt.Errorf("store: socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("store: socket: %w", err)
	}
	return l, nil
}

// shorten returns the shorter of a path's absolute and relative forms, because the
// name of a socket may have only about 100 bytes.
func shorten(path string) string {
	folder, err := os.Getwd()
	if err != nil {
		return path
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(folder, absolute)
	if err != nil || len(absolute) < len(relative) {
		return absolute
	}
	return relative
}
