package oauth

import (
	"encoding/json"
	"slices"
)

// ClaimMapping changes one claim of what a client, and the APIs that it calls, are told:
// by one of From, Value and Omit.
type ClaimMapping struct {
	Claim string          `json:"claim"`           // as it is said
	From  string          `json:"from,omitempty"`  // the claim whose value it has, which is said no more by its own name
	Value json.RawMessage `json:"value,omitempty"` // its value, always
	Omit  bool            `json:"omit,omitempty"`  // it is not said
	In    []ClaimTarget   `json:"in,omitempty"`    // where; everywhere when empty
}

// At reports whether the mapping counts at a target.
func (m ClaimMapping) At(target ClaimTarget) bool {
	return len(m.In) == 0 || slices.Contains(m.In, target)
}
