package wiring

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

// Parts are what the environment describes, for functions whose doors are not
// those of package endpoint.
type Parts struct {
	Config       config.Config
	Users, State store.Table
	Sealer       *keys.Sealer
	Ring         *keys.Ring
	Log          *slog.Logger
}

// Open opens the parts, or ends the process and says why.
func Open() Parts {
	cfg, err := config.FromEnv("ISSUER", "USER_TABLE", "STATE_TABLE", "KMS_KEY_ID")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	p := Parts{
		Config: cfg, Users: dynamo.Open(account, cfg.UserTable), State: dynamo.Open(account, cfg.StateTable),
		Log: gateway.NewLogger(os.Stdout, cfg.LogLevel),
	}
	p.Sealer, err = keys.OpenSealer(context.Background(), p.Users, kms.New(account, cfg.KMSKeyID))
	gateway.Check(err)
	p.Ring = keys.OpenRing(p.Users, p.Sealer, keys.PolicyFrom(cfg))
	return p
}

// Start answers Lambda invocations by the doors. It does not return.
func (p Parts) Start(doors http.Handler) {
	lambda.Start(gateway.Handler{HTTP: doors, BasePath: p.Config.BasePath, Log: p.Log})
}
