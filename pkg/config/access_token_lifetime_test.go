package config_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A token that lives longer than a revocation is remembered would come back to life.
func TestNoTokenIsConfiguredToOutliveItsRevocation(t *testing.T) {
	field, _ := reflect.TypeFor[config.Config]().FieldByName("AccessTokenLifetime")
	if most, err := time.ParseDuration(field.Tag.Get("max")); err != nil || most > oauth.MaxAccessTokenLifetime {
		t.Errorf("ACCESS_TOKEN_LIFETIME may be %s, want %s at most", most, oauth.MaxAccessTokenLifetime)
	}
}
