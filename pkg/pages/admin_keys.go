package pages

import (
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// keysView is the signing keys. Those that are entrusted to KMS are changed by the
// configuration.
type keysView struct {
	Keys      []keyRow
	Entrusted bool
}

type keyRow struct {
	ID, Alg, State     string // State is a word
	Created, Activates moment
	Retires            moment
	Ends               bool
}

// showKeys lists the signing keys.
func (p *Pages) showKeys(w http.ResponseWriter, v *visit, me administrator) error {
	found, err := p.desk.Keys(v.Context(), me.by)
	if err != nil {
		return err
	}
	rows := make([]keyRow, len(found))
	for i, key := range found {
		rows[i] = keyRow{
			key.ID, string(key.Alg), "admin_key_" + string(key.State), moment{key.Created}, moment{key.Activates}, moment{key.Retires}, !key.Retires.IsZero(),
		}
	}
	return p.renderAdmin(w, v, me, keysView{rows, p.cfg.Signing == "kms"})
}

// rotateKeys publishes new signing keys, which take over in time.
func (p *Pages) rotateKeys(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	_, err := p.desk.RotateKeys(v.Context(), me.by, keys.Announced, nil)
	return outcome{"/keys", "admin_keys_rotated"}, err
}

// withdrawKeys ends the keys of an algorithm that was typed, for one of them has leaked:
// all that they signed is void, for everybody.
func (p *Pages) withdrawKeys(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	alg := oauth.Alg(strings.TrimSpace(v.params.Get("alg")))
	if alg == "" { // which would be all of them
		return outcome{}, oauth.InvalidRequest.Errorf("type the algorithm whose keys leaked, such as ES256")
	}
	_, err := p.desk.RotateKeys(v.Context(), me.by, keys.Withdrawing, []oauth.Alg{alg})
	return outcome{"/keys", "admin_keys_withdrawn"}, err
}
