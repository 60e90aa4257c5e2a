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
	cfg, err := config.FromEnv()
	gateway.Check(err)
	settings, err := authorizer.SettingsFrom(cfg)
	gateway.Check(err)
	settings, err = policies(settings)
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	guard, err := authorizer.Open(context.Background(), settings, config.Secret, log)
	gateway.Check(err)
	loop.Start(guard)
}
