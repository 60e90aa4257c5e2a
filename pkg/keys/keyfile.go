package keys

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// wrapPurpose is authenticated with a data key wrapped by a key file.
const wrapPurpose = "ostiary data key"

// OpenKeyFile wraps with a key that lies in a file of mode 0600, which it makes
// when there is none. A file that others may read is refused: whoever has it and
// the tables can sign as this issuer.
func OpenKeyFile(path string) (Wrapper, error) {
	key, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(path); err != nil {
			return nil, fmt.Errorf("make key file: %w", err)
		}
		key, err = readKeyFile(path) // perhaps another process's, which was faster
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return keyFile{path: path, aead: aead}, nil
}

type keyFile struct {
	path string
	aead cipher.AEAD
}

// Wrap implements Wrapper.
func (k keyFile) Wrap(_ context.Context, dataKey []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, dataKey, []byte(wrapPurpose)), nil
}

// Unwrap implements Wrapper.
func (k keyFile) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	dataKey, err := k.aead.Open(nil, nil, wrapped, []byte(wrapPurpose))
	if err != nil {
		return nil, fmt.Errorf("the data key does not open with %s: it was wrapped with another key", k.path)
	}
	return dataKey, nil
}

func readKeyFile(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("mode %04o lets others read it; mend with: chmod 600 %s", mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.Strict().DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != dataKeyBytes {
		return nil, fmt.Errorf("does not hold %d bytes in base64", dataKeyBytes)
	}
	return key, nil
}

// makeKeyFile writes a new key beside path and links it into place, so that the
// file is there whole or not at all, and of two processes one wins. It is synced
// first: what is sealed under a key that a crash took is lost.
func makeKeyFile(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
