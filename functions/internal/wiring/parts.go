package wiring

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

// Parts are what the environment describes, for functions whose doors are not
// those of package endpoint, and the log.
type Parts struct {
	issue.Parts
	Log *slog.Logger
}

// Open opens the parts, or ends the process and says why.
func Open() Parts {
	cfg, err := config.FromEnv("ISSUER", "USER_TABLE", "STATE_TABLE", "KMS_KEY_ID")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	table, seals := dynamo.Tables(account), kms.Open(account)
	users, state := table(cfg.UserTable), table(cfg.StateTable)
	sealer, err := keys.OpenSealer(context.Background(), users, seals.Wrapper(cfg.KMSKeyID))
	gateway.Check(err)
	ring := keys.OpenRing(users, sealer, keys.PolicyFrom(cfg)).WithCustodian(seals)
	parts, err := issue.NewParts(cfg, users, state, sealer, ring)
	gateway.Check(err)
	migration, err := endpoint.Migration(cfg)
	gateway.Check(err)
	parts.Users.MigrateBy(migration)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	breaches, err := endpoint.Breaches(cfg, log)
	gateway.Check(err)
	parts.Users.CheckBreachesBy(breaches)
	parts.RecordIn(audit.Open(cfg, table, log, gateway.TraceID))
	return Parts{parts, log}
}

// Start answers Lambda invocations by the doors. It does not return.
func (p Parts) Start(doors http.Handler) {
	loop.Start(gateway.Handler{HTTP: doors, BasePath: p.Config.BasePath, Log: p.Log})
}
