package interop_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/test/cache"
	"github.com/ostiary-auth/ostiary/test/person"
)

// conversation is what the package's comment describes.
type conversation struct {
	self        self
	person      *person.Person
	application *application
}

// patience is how long anything may take on a busy machine.
const patience = time.Minute

// with runs the client and returns the steps it did.
func (c *conversation) with(t *testing.T, command *exec.Cmd) (did []string) {
	t.Helper()
	var complaint bytes.Buffer
	command.Stderr = &complaint
	in, err := command.StdinPipe()
	check(t, err)
	out, err := command.StdoutPipe()
	check(t, err)
	check(t, command.Start())
	defer time.AfterFunc(patience, func() { _ = command.Process.Kill() }).Stop()
	check(t, json.NewEncoder(in).Encode(c.self))
	for lines := bufio.NewScanner(out); lines.Scan(); {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		if verb == "did" {
			did = append(did, rest)
			continue
		}
		answer, err := c.answer(t, verb, rest)
		if err != nil {
			t.Errorf("%s: %v", lines.Text(), err)
			in.Close()
			break
		}
		if _, err := io.WriteString(in, answer+"\n"); err != nil {
			t.Error(err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("after %q: %v\n%s", did, err, &complaint)
	}
	return did
}

func (c *conversation) answer(t *testing.T, verb, rest string) (string, error) {
	switch verb {
	case "visit":
		arrived, err := c.person.Go(t.Context(), rest)
		if err != nil {
			return "", err
		}
		if arrived.Method != http.MethodGet {
			return "", fmt.Errorf("arrived by %s", arrived.Method)
		}
		return arrived.URL.String(), nil
	case "publish":
		c.application.keys.Store(&rest)
		return "published", nil
	case "logout_token":
		select {
		case token := <-c.application.logoutTokens:
			return token, nil
		case <-time.After(patience):
			return "", errors.New("no logout token came")
		}
	}
	return "", fmt.Errorf("the client said %q", verb)
}

// name is the client's, which is its program's.
func name(t *testing.T) string { return filepath.Base(t.Name()) }

func goProgram(t *testing.T) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name(t))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+name(t))
	build.Dir = "go" // a module of its own, so that ours does not hold what only clients need
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exec.CommandContext(t.Context(), binary)
}

// nodeProgram lays the program beside the packages that `make tools` installed, for
// that is where Node looks for them.
func nodeProgram(t *testing.T) *exec.Cmd {
	t.Helper()
	folder := t.TempDir()
	check(t, os.CopyFS(folder, os.DirFS("node")))
	check(t, os.Symlink(filepath.Join(cache.Folder(t), "node", "node_modules"), filepath.Join(folder, "node_modules")))
	return exec.CommandContext(t.Context(), "node", filepath.Join(folder, name(t)+".mjs"))
}

func pythonProgram(t *testing.T) *exec.Cmd {
	t.Helper()
	python := filepath.Join(cache.Folder(t), "venv", "bin", "python3")
	return exec.CommandContext(t.Context(), python, filepath.Join("python", name(t)+".py"))
}
