package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// githubMetadata is where GitHub's doors are. It publishes no metadata for this.
func githubMetadata(p Provider) metadata {
	issuer := strings.TrimSuffix(p.Issuer, "/")
	return metadata{
		authorization: issuer + "/login/oauth/authorize",
		token:         issuer + "/login/oauth/access_token",
	}
}

// githubAPI is where its API is; a server of one's own has it below its own name.
func githubAPI(p Provider) string {
	switch {
	case p.APIURI != "":
		return strings.TrimSuffix(p.APIURI, "/")
	case p.Issuer == "https://github.com":
		return "https://api.github.com"
	default:
		return strings.TrimSuffix(p.Issuer, "/") + "/api/v3"
	}
}

// githubUser is what GET /user says. The login can be changed, and taken by another
// person then; the id cannot.
type githubUser struct {
	ID        int64  `json:"id"`
	Login     string `json:"login"`
	Name      string `json:"name"`
	AvatarURL string `json:"avatar_url"`
	HTMLURL   string `json:"html_url"`
}

type githubEmail struct {
	Email    string `json:"email"`
	Primary  bool   `json:"primary"`
	Verified bool   `json:"verified"`
}

// askGitHub asks who the access token is of. There is no id_token: that the answer is
// for us rests on the code, which our secret and verifier have redeemed just now. Nobody
// hands us a token that was given to another app (token substitution).
func (r *RelyingParty) askGitHub(ctx context.Context, v *Vouched) error {
	var user githubUser
	if err := r.getJSON(ctx, v, "/user", &user); err != nil {
		return err
	}
	if user.ID <= 0 {
		return errors.New("GitHub: the user has no id")
	}
	v.Issuer, v.Subject = strings.TrimSuffix(v.Provider.Issuer, "/"), strconv.FormatInt(user.ID, 10)
	v.all = jose.Claims{
		"sub": v.Subject, "preferred_username": user.Login, "name": user.Name, "picture": user.AvatarURL, "profile": user.HTMLURL,
	}
	if !v.Provider.Scope.Has("user:email") {
		return nil
	}
	// The address in the profile is one that the person wants to be seen, verified or not.
	var emails []githubEmail
	if err := r.getJSON(ctx, v, "/user/emails", &emails); err != nil {
		return err
	}
	for _, each := range emails {
		if each.Primary && each.Verified {
			v.all["email"], v.all["email_verified"] = each.Email, true
		}
	}
	return nil
}

func (r *RelyingParty) getJSON(ctx context.Context, v *Vouched, path string, into any) error {
	answer, err := r.client.GetAs(ctx, githubAPI(v.Provider)+path, v.Given.AccessToken)
	if err != nil {
		return fmt.Errorf("GitHub: %w", err)
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return fmt.Errorf("GitHub: %s is not what its API describes", path)
	}
	return nil
}
