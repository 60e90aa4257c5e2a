// Package wiring joins, for the functions that serve the provider, the parts that
// all of them need. It is their common half of main.
package wiring

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

// Serve answers Lambda invocations by the doors that it chooses of the provider
// which the environment describes. It does not return.
func Serve(doors func(*endpoint.Provider) http.Handler) {
	cfg, err := config.FromEnv("ISSUER", "USER_TABLE", "STATE_TABLE", "KMS_KEY_ID")
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	provider, err := open(context.Background(), cfg, log)
	gateway.Check(err)
	lambda.Start(gateway.Handler{HTTP: doors(provider), BasePath: cfg.BasePath, Log: log})
}

func open(ctx context.Context, cfg config.Config, log *slog.Logger) (*endpoint.Provider, error) {
	account, err := awsenv.Config()
	if err != nil {
		return nil, err
	}
	users, state := dynamo.Open(account, cfg.UserTable), dynamo.Open(account, cfg.StateTable)
	sealer, err := keys.OpenSealer(ctx, users, kms.New(account, cfg.KMSKeyID))
	if err != nil {
		return nil, err
	}
	ring := keys.OpenRing(users, sealer, keys.PolicyFrom(cfg))
	return endpoint.New(cfg, users, state, sealer, ring, log)
}
