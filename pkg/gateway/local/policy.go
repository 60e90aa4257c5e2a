package local

import (
	"encoding/json"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

// policy is an IAM policy as authorizers answer it.
type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect   string    `json:"Effect"`
	Action   oneOrMany `json:"Action"`
	Resource oneOrMany `json:"Resource"`
}

// oneOrMany is a list that may be written as its only member.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*o = oneOrMany{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(data, &many)
	*o = many
	return err
}

// allows evaluates as IAM does: an explicit Deny wins, and without an Allow the
// answer is no.
func (p policy) allows(arn string) bool {
	allowed := false
	for _, s := range p.Statement {
		if !anyOf(s.Action, "execute-api:Invoke") || !anyOf(s.Resource, arn) {
			continue
		}
		if s.Effect != "Allow" {
			return false
		}
		allowed = true
	}
	return allowed
}

func anyOf(patterns []string, text string) bool {
	for _, pattern := range patterns {
		if authorizer.Glob(pattern, text) {
			return true
		}
	}
	return false
}
