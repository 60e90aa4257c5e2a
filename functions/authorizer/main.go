// Command authorizer is the Lambda that API Gateway asks about every request. It
// needs no permission but to write its log.
package main

import (
	"context"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
)

func main() {
	cfg, err := config.FromEnv("ISSUER", "AUDIENCE")
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	keys, err := authorizer.Keys(context.Background(), cfg, log)
	gateway.Check(err)
	guard, err := authorizer.New(cfg, keys, log)
	gateway.Check(err)
	loop.Start(guard)
}
