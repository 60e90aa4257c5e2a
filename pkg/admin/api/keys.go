package api

import (
	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// KeyRotation is how signing keys take others' place.
type KeyRotation struct {
	Algs []oauth.Alg `json:"algs,omitempty"` // whose keys; all where it is left out

	// AtOnce signs with the new keys within a minute. Verifiers that cached the key set may
	// refuse tokens for a while.
	AtOnce bool `json:"at_once,omitempty"`
}

// KeyWithdrawal is which signing keys have leaked.
type KeyWithdrawal struct {
	Algs []oauth.Alg `json:"algs"`
}

func (a *API) keyRoutes() []route {
	return []route{
		{
			method: "GET", path: "/keys", name: "listKeys", summary: "List the signing keys, all of which are published", scope: admin.KeysRead,
			out: List[keys.Info]{}, status: 200, act: func(c *call) (answer, error) {
				found, err := a.desk.Keys(c.Context(), c.by)
				return answer{status: 200, body: List[keys.Info]{Items: found}}, err
			},
		},
		{
			method: "POST", path: "/keys/rotate", name: "rotateKeys", summary: "Replace signing keys before their time", scope: admin.KeysWrite,
			in: KeyRotation{}, inOptional: true, out: keys.Report{}, status: 200, act: a.rotateKeys,
		},
		{
			method: "POST", path: "/keys/withdraw", name: "withdrawKeys",
			summary: "Replace signing keys that leaked, and publish them no longer: all tokens that they signed are void",
			scope:   admin.KeysWrite, in: KeyWithdrawal{}, out: keys.Report{}, status: 200, act: a.withdrawKeys,
		},
	}
}

func (a *API) rotateKeys(c *call) (answer, error) {
	wanted, err := decode[KeyRotation](c.body)
	if err != nil {
		return answer{}, err
	}
	how := keys.Announced
	if wanted.AtOnce {
		how = keys.AtOnce
	}
	report, err := a.desk.RotateKeys(c.Context(), c.by, how, wanted.Algs)
	return answer{status: 200, body: report}, err
}

// withdrawKeys wants to be told which keys: that all tokens of everybody are void is no
// default.
func (a *API) withdrawKeys(c *call) (answer, error) {
	wanted, err := decode[KeyWithdrawal](c.body)
	if err != nil {
		return answer{}, err
	}
	if len(wanted.Algs) == 0 {
		return answer{}, problem{invalid, "algs is missing: name the algorithms whose keys leaked"}
	}
	report, err := a.desk.RotateKeys(c.Context(), c.by, keys.Withdrawing, wanted.Algs)
	return answer{status: 200, body: report}, err
}
