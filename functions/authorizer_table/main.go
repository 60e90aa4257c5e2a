// Command authorizer_table is the authorizer with tables: it takes API keys as well,
// and remembers used DPoP proofs for all of its instances. It may read keys, and
// write that a proof or a key was used. Cedar is built in: beside a DynamoDB client it
// does not weigh much.
package main

import (
	"context"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/authorizer/cedar"
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

func main() {
	cfg, err := config.FromEnv("USER_TABLE", "STATE_TABLE")
	gateway.Check(err)
	settings, err := authorizer.SettingsFrom(cfg)
	gateway.Check(err)
	settings, err = cedar.Open(settings)
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	table := dynamo.Tables(account)
	users, state := table(cfg.UserTable), table(cfg.StateTable)
	settings = settings.With(authorizer.Tables{APIKey: identity.NewAPIKeys(users, state).Check, Once: identity.ProofsOnce(state)})
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	guard, err := authorizer.Open(context.Background(), settings, config.Secret, log)
	gateway.Check(err)
	loop.Start(guard)
}
