package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// OwnAttributes returns what of the schema a person may see of themselves: their values
// stand in User.Attributes.
func (u *Users) OwnAttributes(ctx context.Context) ([]oauth.Attribute, error) {
	schema, err := u.Attributes(ctx)
	var own []oauth.Attribute
	for _, a := range schema {
		if a.SelfService == oauth.ReadOwn || a.SelfService == oauth.WriteOwn {
			own = append(own, a)
		}
	}
	return own, err
}

// SetAttributes changes what somebody has of attributes: null takes a value away, and
// what is not named stays.
func (u *Users) SetAttributes(ctx context.Context, id string, values Values) (User, error) {
	return u.Update(ctx, id, func(user *User) error {
		user.Attributes = laidOver(user.Attributes, values)
		return nil
	})
}

// laidOver returns values with others in their place.
func laidOver(values, over Values) Values {
	all := Values{}
	for _, layer := range []Values{values, over} {
		for name, value := range layer {
			all[name] = value
		}
	}
	return all
}
