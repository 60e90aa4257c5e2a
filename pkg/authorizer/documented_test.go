package authorizer_test

import (
	"os"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

// Every document that docs/issuers.md shows can be read.
func TestDocumentedIssuersAreSettings(t *testing.T) {
	page, err := os.ReadFile("../../docs/issuers.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```json")[1:]
	if len(blocks) == 0 {
		t.Fatal("no document is shown")
	}
	for _, block := range blocks {
		document, _, _ := strings.Cut(block, "```")
		if _, err := authorizer.ParseSettings([]byte(document)); err != nil {
			t.Errorf("%s: %v", document, err)
		}
	}
}
