package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/keys"
)

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
	return p.renderAdmin(w, v, me, rows)
}

// rotateKeys publishes new signing keys, which take over in time. That which breaks
// something somewhere is for the command line and the API.
func (p *Pages) rotateKeys(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	_, err := p.desk.RotateKeys(v.Context(), me.by, keys.Announced, nil)
	return outcome{"/keys", "admin_keys_rotated"}, err
}
