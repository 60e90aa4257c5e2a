// Command discovery is the Lambda of what everybody may read: metadata and keys.
// It opens nothing that is sealed, so it needs no permission to.
package main

import (
	"os"

	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

func main() {
	cfg, err := config.FromEnv("ISSUER", "USER_TABLE")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	users := dynamo.Open(account, cfg.UserTable)
	parts, err := issue.NewParts(cfg, users, nil, nil, keys.OpenRing(users, nil, keys.PolicyFrom(cfg)))
	gateway.Check(err)
	provider, err := endpoint.New(parts, log)
	gateway.Check(err)
	loop.Start(gateway.Handler{HTTP: provider.Discovery(), BasePath: cfg.BasePath, Log: log})
}
