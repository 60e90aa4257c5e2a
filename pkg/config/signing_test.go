package config_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func TestSigningKeysInKMS(t *testing.T) {
	const (
		a = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
		b = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	)
	for name, c := range map[string]struct {
		env  map[string]string
		want []string // what the faults speak of
	}{
		"both that are needed": {map[string]string{"SIGNING": "kms", "KMS_ES256_KEYS": a, "KMS_RS256_KEYS": b}, nil},
		"a key and its successor": {
			map[string]string{"SIGNING": "kms", "KMS_ES256_KEYS": a + "," + a[:len(a)-1] + "c", "KMS_RS256_KEYS": b}, nil,
		},
		"on the way back to the ring":   {map[string]string{"KMS_ES256_KEYS": a}, nil},
		"nothing is listed":             {map[string]string{"SIGNING": "kms"}, []string{"KMS_ES256_KEYS is empty", "KMS_RS256_KEYS is empty"}},
		"no key for id_tokens":          {map[string]string{"SIGNING": "kms", "KMS_ES256_KEYS": a}, []string{"KMS_RS256_KEYS is empty"}},
		"an alias can be repointed":     {map[string]string{"KMS_ES256_KEYS": "arn:aws:kms:eu-central-1:123456789012:alias/sign"}, []string{"not the ARN"}},
		"a wildcard":                    {map[string]string{"KMS_ES256_KEYS": "arn:aws:kms:eu-central-1:123456789012:key/*"}, []string{"not the ARN"}},
		"no id":                         {map[string]string{"KMS_ES256_KEYS": "arn:aws:kms:eu-central-1:123456789012:key/"}, []string{"not the ARN"}},
		"no account":                    {map[string]string{"KMS_ES256_KEYS": "arn:aws:kms:eu-central-1::key/1234"}, []string{"not the ARN"}},
		"another service":               {map[string]string{"KMS_ES256_KEYS": "arn:aws:sns:eu-central-1:123456789012:key/1234"}, []string{"not the ARN"}},
		"a bare id has no account":      {map[string]string{"KMS_PS256_KEYS": "1234abcd-12ab-34cd-56ef-1234567890ab"}, []string{"not the ARN"}},
		"one key for two algorithms":    {map[string]string{"KMS_RS256_KEYS": a, "KMS_PS256_KEYS": a}, []string{"listed already"}},
		"a place that is not offered":   {map[string]string{"SIGNING": "hsm"}, []string{"SIGNING"}},
		"an empty entry between commas": {map[string]string{"KMS_ES256_KEYS": a + ",,"}, []string{"not the ARN"}},
	} {
		_, err := config.FromMap(c.env)
		var faults []string
		if err != nil {
			faults = strings.Split(err.Error(), "\n")[1:]
		}
		if len(c.want) == 0 && err != nil || len(c.want) > 0 && err == nil {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		for _, want := range c.want {
			if !strings.Contains(strings.Join(faults, "\n"), want) {
				t.Errorf("%s: got %q, want %q", name, faults, want)
			}
		}
	}
}
