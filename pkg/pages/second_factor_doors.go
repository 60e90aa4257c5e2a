package pages

import "net/http"

// Paths of the doors about factors beside the password, below the issuer.
const (
	passkeyPath      = "/sign-in/passkey"
	secondFactorPath = "/second-factor"
	addFactorPath    = "/second-factor/add"
	appPath          = "/second-factor/app"
	addPasskeyPath   = "/second-factor/passkey"
	recoveryPath     = "/second-factor/recovery"
)

// furtherFactors adds the doors about factors beside the password.
func (p *Pages) furtherFactors(mux *http.ServeMux) {
	p.form(mux, secondFactorPath, "second-factor", p.showSecondFactor, p.secondFactor)
	mux.Handle("GET "+addFactorPath, p.door("second-factor-add", p.showAdd))
	p.form(mux, appPath, "second-factor-app", p.showApp, p.addApp)
	p.form(mux, recoveryPath, "recovery-codes", p.showRecovery, p.newCodes)
	if p.party == nil {
		return
	}
	mux.Handle("POST "+passkeyPath, p.door("sign-in-passkey", p.ownForm(p.signInByPasskey)))
	p.form(mux, addPasskeyPath, "passkey-add", p.showAddPasskey, p.addPasskey)
}
