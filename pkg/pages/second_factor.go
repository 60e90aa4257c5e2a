package pages

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// secondFactorPage is what the page that asks for a second factor shows: one form for
// each that the person has.
type secondFactorPage struct {
	Interaction string
	Action      string
	Client      clientView
	Username    string
	Passkey     *passkeyForm // nil for none
	App         bool
	Recovery    bool
	Another     string // where somebody else signs in
	Problem     string
	Of          string // what the problem is with: code, recovery or passkey
	Minutes     string
}

// half returns who may show a second factor for a request.
func (p *Pages) half(v *visit) (waiting, issue.Half, error) {
	now, err := p.waiting(v)
	if err != nil {
		return waiting{}, issue.Half{}, err
	}
	half, err := p.issuer.HalfProven(v.Context(), now.Progress, now.accounts.current())
	v.entry.Subject = half.ID
	return now, half, err
}

// anew leads who has waited too long with the second factor to the first.
func (p *Pages) anew(w http.ResponseWriter, now waiting, err error) error {
	if now.ID == "" || !errors.Is(err, issue.ErrNoProof) {
		return err
	}
	seeOther(w, p.at(signInPath, now.ID))
	return nil
}

// showSecondFactor asks for a second factor. It is where a page that was shown after one
// leads on, too.
func (p *Pages) showSecondFactor(w http.ResponseWriter, v *visit) error {
	now, half, err := p.half(v)
	if err != nil {
		return p.anew(w, now, err)
	}
	if !p.isAt(v, now, issue.SecondFactor) {
		return p.proceed(w, v, now)
	}
	return p.renderSecondFactor(w, v, now, half, "", "")
}

func (p *Pages) renderSecondFactor(w http.ResponseWriter, v *visit, now waiting, half issue.Half, problem, of string) error {
	set, err := p.factors.Of(v.Context(), half.ID)
	if err != nil {
		return err
	}
	page := secondFactorPage{
		Interaction: now.ID, Action: p.path + secondFactorPath, Client: viewClient(now.client), Username: half.Username,
		App: set.App != nil, Recovery: set.RecoveryCodes > 0, Another: p.at(signInPath, now.ID),
		Problem: problem, Of: of, Minutes: p.waitMinutes(w, v),
	}
	if p.party != nil && len(set.Passkeys) > 0 {
		options, err := p.party.Request(v.Context(), half.ID, now.Challenge)
		if err != nil {
			return err
		}
		page.Passkey = newPasskeyForm(page.Action, "get", options)
	}
	return p.render(w, v, "second-factor", problemStatus(problem), page, p.policyOf(now.client, now.Request).withPasskey(page.Passkey))
}

// waitMinutes is for how long attempts are turned away at most, which the answer says to
// programs where it is known.
func (p *Pages) waitMinutes(w http.ResponseWriter, v *visit) string {
	wait := p.cfg.LockoutWindow
	var soon *identity.TooSoon
	if errors.As(v.told, &soon) {
		wait = soon.Wait
		w.Header().Set("Retry-After", strconv.Itoa(soon.Seconds()))
	}
	return strconv.Itoa(int(math.Ceil(wait.Minutes())))
}

// secondFactor takes a second factor, whichever the person chose.
func (p *Pages) secondFactor(w http.ResponseWriter, v *visit) error {
	now, half, err := p.half(v)
	if err != nil {
		return p.anew(w, now, err)
	}
	// Where it is not asked for, it stands in for nothing: not for the password that a
	// client wants typed once more (OpenID Connect Core §3.1.2.1, prompt and max_age).
	if !p.isAt(v, now, issue.SecondFactor) {
		return p.proceed(w, v, now)
	}
	of, amr, err := p.shown(v, &now, half)
	if problem := factorProblem(err, of); problem != "" {
		v.told = err
		return p.renderSecondFactor(w, v, now, half, problem, of)
	}
	if err != nil {
		return err
	}
	return p.begun(w, v, now, half.User, p.twoFactors(v, half, amr...))
}

// twoFactors is how a person proved who they are that has shown a first and a second factor.
func (p *Pages) twoFactors(v *visit, half issue.Half, amr ...string) identity.Authentication {
	how := half.And(amr...)
	how.UserAgent, how.Address = v.UserAgent(), inbound.Address(v.Request)
	return how
}

// shown judges the factor that was sent, and says which it was and what it shows (RFC
// 8176 §2).
func (p *Pages) shown(v *visit, now *waiting, half issue.Half) (of string, amr []string, err error) {
	address := inbound.Address(v.Request)
	switch {
	case v.params.Has("credential") && p.party != nil:
		challenge, err := p.spendChallenge(v, now)
		if err != nil {
			return "passkey", nil, err
		}
		proof, err := p.party.Prove(v.Context(), half.ID, challenge, v.params.Get("credential"))
		return "passkey", proof.AMR(), err
	case v.params.Has("recovery_code"):
		return "recovery", []string{oauth.AMROneTime}, p.factors.SpendRecoveryCode(v.Context(), half.ID, v.params.Get("recovery_code"), address)
	default:
		return "code", []string{oauth.AMROneTime}, p.factors.CheckCode(v.Context(), half.ID, v.params.Get("code"), address)
	}
}

// factorProblem is the word for why a factor is not taken, "" for anything else.
func factorProblem(err error, of string) string {
	switch {
	case !oauth.InvalidGrant.In(err):
		return ""
	case errors.Is(err, factor.ErrTaken):
		return "problem_passkey_taken"
	case errors.Is(err, factor.ErrMany):
		return "problem_passkey_many"
	case errors.Is(err, factor.ErrName):
		return "problem_passkey_name"
	case errors.Is(err, factor.ErrExpired):
		return "problem_offer"
	case errors.Is(err, factor.ErrWrong):
		return map[string]string{"code": "problem_code", "recovery": "problem_recovery", "passkey": "problem_passkey"}[of]
	default:
		return "problem_locked"
	}
}
