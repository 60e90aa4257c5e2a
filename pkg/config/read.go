package config

import (
	"errors"
	"os"

	"github.com/caarlos0/env/v11"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// FromEnv reads the process's environment. See FromMap.
func FromEnv(required ...string) (Config, error) {
	return FromMap(env.ToMap(os.Environ()), required...)
}

// FromMap reads an environment given as a map from variable to value. The
// variables named in required must be set. The error is Faults, listing all that
// is wrong at once.
func FromMap(environment map[string]string, required ...string) (Config, error) {
	var c Config
	var faults Faults
	err := env.ParseWithOptions(&c, env.Options{Environment: environment})
	if aggregate := (env.AggregateError{}); errors.As(err, &aggregate) {
		for _, e := range aggregate.Errors {
			faults = append(faults, parseFault(e))
		}
	} else if err != nil {
		faults = append(faults, parseFault(err))
	}
	for _, name := range required {
		if environment[name] == "" {
			faults = append(faults, name+" is not set")
		}
	}
	if faults = append(faults, c.faults()...); len(faults) > 0 {
		return Config{}, faults
	}
	return c, nil
}

// Secret is what an environment variable holds that settings name, "" when it is
// not set.
func Secret(variable string) oauth.Secret { return oauth.Secret(os.Getenv(variable)) }

// Default is the configuration of an environment in which nothing is set but the
// issuer.
func Default(issuer string) (Config, error) {
	return FromMap(map[string]string{"ISSUER": issuer})
}

// Validate reports all faults of a Config that was not read from an environment.
func (c Config) Validate() error {
	if faults := c.faults(); len(faults) > 0 {
		return faults
	}
	return nil
}
