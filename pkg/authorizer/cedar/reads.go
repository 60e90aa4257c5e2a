package cedar

import (
	"encoding/json"

	engine "github.com/cedar-policy/cedar-go"
)

// readsRequest looks through the policies for context.request. The claims and the
// scope are the token's, which is in the key of API Gateway's result cache; whatever
// else is read of the context need not be.
func readsRequest(set *engine.PolicySet) (bool, error) {
	text, err := set.MarshalJSON()
	if err != nil {
		return false, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return false, err
	}
	return reads(tree), nil
}

func reads(node any) bool {
	switch n := node.(type) {
	case []any:
		for _, element := range n {
			if reads(element) {
				return true
			}
		}
	case map[string]any:
		if n["Var"] == "context" {
			return true
		}
		for name, child := range n {
			if (name == "." || name == "has") && ofTheToken(child) {
				continue
			}
			if reads(child) {
				return true
			}
		}
	}
	return false
}

// ofTheToken reports whether the access is context.claims or context.scope.
func ofTheToken(node any) bool {
	access, _ := node.(map[string]any)
	left, _ := access["left"].(map[string]any)
	return left["Var"] == "context" && (access["attr"] == "claims" || access["attr"] == "scope")
}
