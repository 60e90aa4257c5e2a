package admin_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/test/cache"
)

// TestTheDescriptionIsOpenAPI by the word of a validator of others' making, which comes
// with the stand-in for AWS.
func TestTheDescriptionIsOpenAPI(t *testing.T) {
	t.Parallel()
	doors := api.New(issue.Parts{Config: config.Config{Issuer: "https://id.example.com"}}, api.Letters{}, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	doors.Handler(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "https://id.example.com/admin/api/openapi.json", nil))
	file := filepath.Join(t.TempDir(), "openapi.json")
	content, err := io.ReadAll(w.Body)
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(cache.Folder(t), "venv", "bin", "python3")
	said, err := exec.CommandContext(t.Context(), python, "-m", "openapi_spec_validator", file).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
