package endpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// migrationQuestion is what the hook of an old system is asked. Secret would hide itself.
type migrationQuestion struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// migrationAnswer is what it says of somebody whose password is right: standard claims,
// attributes, the sub that applications know them by, and whether they are disabled. To
// which groups they belong is not the old system's to say.
type migrationAnswer struct {
	Sub        string          `json:"sub"`
	Disabled   bool            `json:"disabled"`
	Attributes identity.Values `json:"attributes"`
	oauth.StandardClaims
}

// Migration returns what asks MIGRATION_HOOK_URI, nil where there is none. 200 is a yes
// and 401 a no; anything else is no answer, and lets nobody in.
func Migration(cfg config.Config) (identity.Migration, error) {
	if cfg.MigrationHookURI == "" {
		return nil, nil
	}
	client := fetch.ForIssuer(cfg.Issuer)
	return func(ctx context.Context, username string, password oauth.Secret) (identity.NewUser, error) {
		ask := migrationQuestion{username, string(password)}
		status, body, err := client.CallHook(ctx, cfg.MigrationHookURI, cfg.MigrationHookSecret, ask)
		switch {
		case err != nil:
			return identity.NewUser{}, fmt.Errorf("migration hook: %w", err)
		case status == http.StatusUnauthorized:
			return identity.NewUser{}, identity.ErrNotThere
		case status != http.StatusOK:
			return identity.NewUser{}, fmt.Errorf("migration hook: it answered with status %d", status)
		}
		var answer migrationAnswer
		if json.Unmarshal(body, &answer) != nil {
			return identity.NewUser{}, errors.New("migration hook: its answer is no JSON object of standard claims")
		}
		return identity.NewUser{
			ID: answer.Sub, Disabled: answer.Disabled, Attributes: answer.Attributes, StandardClaims: answer.StandardClaims,
		}, nil
	}, nil
}
