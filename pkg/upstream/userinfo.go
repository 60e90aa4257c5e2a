package upstream

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// askUserinfo adds the claims that the id_token lacks; what was signed stays. They are
// about the same person, or not looked at (OpenID Connect Core §5.3.2: token
// substitution).
func (r *RelyingParty) askUserinfo(ctx context.Context, v *Vouched, m metadata) error {
	if m.userinfo == "" {
		return errors.New("metadata: there is no userinfo_endpoint")
	}
	answer, err := r.client.GetAs(ctx, m.userinfo, v.Given.AccessToken)
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	claims, err := jose.ParseClaims(answer.Body)
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if subject, _, err := claims.String("sub"); err != nil || subject != v.Subject {
		return errors.New("userinfo: it is about somebody else")
	}
	all := maps.Clone(claims)
	maps.Copy(all, v.all)
	v.all = all
	return nil
}
