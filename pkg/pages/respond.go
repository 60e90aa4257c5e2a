package pages

import (
	"html/template"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// postedForm is what the page of response_mode=form_post holds. The template is not
// to judge its Action, for it knows no private schemes: registration let it through.
type postedForm struct {
	Action template.URL
	Fields map[string][]string
	Client clientView
	Script template.JS
}

// postScript sends the form off. It is all the script there is, known to the policy
// by its hash; without it the person presses a button.
const postScript = "document.forms[0].submit()"

// respond sends the person back to the client with its answer: by a redirect, or by
// a form that sends itself (OAuth 2.0 Form Post Response Mode §2).
func (p *Pages) respond(w http.ResponseWriter, v *visit, client oauth.Client, response issue.AuthorizationResponse) error {
	if response.Mode != oauth.FormPost {
		seeOther(w, response.Location())
		return nil
	}
	form := postedForm{
		Action: template.URL(response.RedirectURI), Fields: response.Params, Client: viewClient(client), Script: postScript,
	}
	return p.render(w, v, "form-post", http.StatusOK, form, policy{script: postScript, formsGoAnywhere: true})
}
