package pages

import "net/http"

// sessionView is a session as its person sees it.
type sessionView struct {
	ID              string
	Browser, System string // of the device, "" where it does not say
	Address         string
	Began, Used     moment
	Here            bool // is the one of this browser
}

// showSessions shows a person where they are signed in.
func (p *Pages) showSessions(w http.ResponseWriter, v *visit, me owner) error {
	sessions, err := p.sessions.List(v.Context(), me.UserID)
	if err != nil {
		return err
	}
	var all []sessionView
	for _, each := range sessions {
		view := sessionView{
			ID: each.ID, Address: each.Address, Began: moment{each.Created}, Used: moment{each.Used}, Here: each.ID == me.ID,
		}
		view.Browser, view.System = device(each.UserAgent)
		if view.Here {
			all = append([]sessionView{view}, all...)
			continue
		}
		all = append(all, view)
	}
	return p.renderAccount(w, v, me, "", all)
}

// endSessions ends the session that the form names, or all but the one it came from.
// It looks among the person's own alone: nobody ends another's, whatever ID they send.
func (p *Pages) endSessions(w http.ResponseWriter, v *visit, me owner) error {
	word, err := "session_ended", error(nil)
	if sid := v.params.Get("session"); sid != "" {
		err = p.issuer.EndSession(v.Context(), me.UserID, sid)
	} else {
		word, err = "sessions_ended", p.issuer.EndOtherSessions(v.Context(), me.SignedIn)
	}
	if err != nil {
		return err
	}
	return p.done(w, v, me, word)
}
