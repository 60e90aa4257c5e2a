package config

import (
	"slices"
	"strings"
)

// FailOpen is the TOKEN_HOOK_FAILURE by which an outage of the hook keeps nobody out.
const FailOpen = "open"

// tokenHookFaults refuses two hooks, and one that would be told about people in clear.
func (c Config) tokenHookFaults() Faults {
	switch {
	case c.TokenHookURI != "" && c.TokenHookFunction != "":
		return Faults{"TOKEN_HOOK_URI and TOKEN_HOOK_FUNCTION are both set; there is one hook"}
	case c.TokenHookURI != "":
		return c.hookFaults("TOKEN_HOOK", c.TokenHookURI, c.TokenHookSecret, "it is told about people")
	case c.TokenHookFunction != "" && !isFunctionARN(c.TokenHookFunction):
		return Faults{"TOKEN_HOOK_FUNCTION must be the ARN of a Lambda function: arn:aws:lambda:eu-central-1:123456789012:function:name"}
	}
	return nil
}

// isFunctionARN takes a function, with a version or an alias or without.
func isFunctionARN(s string) bool {
	parts := strings.Split(s, ":")
	word := func(r rune) bool {
		return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') || r == '-' || r == '_' || r == '$'
	}
	return len(parts) >= 7 && len(parts) <= 8 && !slices.Contains(parts, "") &&
		parts[0] == "arn" && strings.HasPrefix(parts[1], "aws") && parts[2] == "lambda" && parts[5] == "function" &&
		strings.IndexFunc(strings.Join(parts, ""), func(r rune) bool { return !word(r) }) < 0
}
