package issue

import (
	"context"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// SendReset sends a person a link by which they choose another password, because an
// administrator says so. Unlike AskReset it may tell that there is nobody to send it to.
func (i *Issuer) SendReset(ctx context.Context, user identity.User, letter Letter) error {
	if user.Disabled {
		return oauth.InvalidRequest.Errorf("the account is disabled")
	}
	if _, err := mail.ParseAddress(user.Email); err != nil {
		return oauth.InvalidRequest.Errorf("there is no mail address to send it to")
	}
	link, remember := i.newLink(ResetPassword, user.ID, linkRecord{UserID: user.ID, Epoch: user.Epoch, Before: user.Email})
	content, err := letter(link, user.Locale)
	if err != nil {
		return err
	}
	put, err := i.post(ctx, mailMessage{UserID: user.ID, Expires: i.now().Add(ResetPassword.lifetime())}, content)
	if err != nil {
		return err
	}
	if err := i.state.Write(ctx, remember, put); err != nil {
		return fmt.Errorf("send a link: %w", err)
	}
	return nil
}
