package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// attributeCommand looks after the claims that are the operator's own.
func (a *app) attributeCommand() *cobra.Command {
	command := &cobra.Command{Use: "attribute", Short: "Look after claims of your own"}
	command.AddCommand(
		a.attributeAddCommand(),
		a.attributeUpdateCommand(),
		&cobra.Command{
			Use: "list", Short: "List attributes in the order of their names", Args: cobra.NoArgs,
			RunE: a.withUsers(func(ctx context.Context, users *identity.Users, _ []string) error {
				found, err := users.Attributes(ctx)
				if err != nil {
					return err
				}
				found = append([]oauth.Attribute{}, found...) // an empty list is [] in JSON
				return a.print(found, func(w io.Writer) { attributeTable(w, found) })
			}),
		},
		&cobra.Command{
			Use: "delete NAME", Short: "Say an attribute no more", Args: cobra.ExactArgs(1),
			RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
				if err := users.DeleteAttribute(ctx, args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{"name": args[0], "done": "deleted"}, func(w io.Writer) { fmt.Fprintf(w, "%s deleted\n", args[0]) })
			}),
		},
		a.attributeSetCommand(),
	)
	return command
}

func attributeTable(w io.Writer, attributes []oauth.Attribute) {
	columns(w, "NAME TYPE MAX SCOPE IN SELF_SERVICE DESCRIPTION", attributes, func(a oauth.Attribute) []any {
		in := []string{string(oauth.InUserinfo)}
		for _, target := range a.In {
			in = append(in, string(target))
		}
		return []any{a.Name, a.Type, a.Max, a.Scope, strings.Join(in, ","), a.SelfService, a.Description}
	})
}

// attributeFlags are what can be said of an attribute.
type attributeFlags struct {
	kind, scope, self, description string
	in                             []string
	max                            int
}

func (f *attributeFlags) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.kind, "type", "string", "what its values are: string, number, boolean, strings or json")
	flags.StringVar(&f.scope, "scope", "", "the scope value that releases it")
	flags.StringSliceVar(&f.in, "in", nil, "the tokens that say it, beside userinfo: access_token, id_token")
	flags.StringVar(&f.self, "self-service", "none", "what users may do with their own: read, write or none")
	flags.IntVar(&f.max, "max", 0, "how many bytes a value may have as JSON; 0 is 256")
	flags.StringVar(&f.description, "description", "", "what it is")
}

// apply says of the attribute what the flags that were given say.
func (f *attributeFlags) apply(command *cobra.Command, made *oauth.Attribute) {
	set := map[string]func(){
		"type": func() { made.Type = oauth.AttributeType(f.kind) }, "scope": func() { made.Scope = f.scope },
		"self-service": func() { made.SelfService = oauth.SelfService(f.self) }, "max": func() { made.Max = f.max },
		"description": func() { made.Description = f.description },
		"in": func() {
			made.In = nil
			for _, target := range f.in {
				made.In = append(made.In, oauth.ClaimTarget(target))
			}
		},
	}
	for name, apply := range set {
		if command.Flags().Changed(name) {
			apply()
		}
	}
}

func (a *app) attributeAddCommand() *cobra.Command {
	var f attributeFlags
	command := &cobra.Command{Use: "add NAME --scope SCOPE", Short: "Make an attribute that users may have", Args: cobra.ExactArgs(1)}
	command.RunE = a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
		made := oauth.Attribute{Name: args[0]}
		f.apply(command, &made)
		attribute, err := users.AddAttribute(ctx, made)
		if err != nil {
			return err
		}
		return a.print(attribute, func(w io.Writer) { fmt.Fprintf(w, "%s added\n", attribute.Name) })
	})
	f.register(command)
	return command
}

func (a *app) attributeUpdateCommand() *cobra.Command {
	var f attributeFlags
	command := &cobra.Command{
		Use: "update NAME", Short: "Change what the flags name of an attribute", Args: cobra.ExactArgs(1),
		Long: "Change what the flags name of an attribute. What users have of it stays, and is said where it fits still.",
	}
	command.RunE = a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
		if err := changesAnything(command); err != nil {
			return err
		}
		changed, err := users.UpdateAttribute(ctx, args[0], func(made *oauth.Attribute) error { f.apply(command, made); return nil })
		if err != nil {
			return err
		}
		return a.print(changed, func(w io.Writer) { indented(w, changed) })
	})
	f.register(command)
	return command
}

func (a *app) attributeSetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "set USER NAME VALUE",
		Short: "Give a user a value of an attribute; null takes it away",
		Long:  "Give a user a value of an attribute: text where it is a string, else JSON. null takes it away.",
		Args:  cobra.ExactArgs(3),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			user, err := namedUser(ctx, users, args[0])
			if err != nil {
				return err
			}
			value, err := attributeValue(ctx, users, args[1], args[2])
			if err != nil {
				return err
			}
			user, err = users.SetAttributes(ctx, user.ID, identity.Values{args[1]: value})
			return a.done(user, "has another "+args[1], err)
		}),
	}
}

// attributeValue is the JSON of what was typed.
func attributeValue(ctx context.Context, users *identity.Users, name, typed string) (json.RawMessage, error) {
	schema, err := users.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(schema, func(a oauth.Attribute) bool { return a.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is no attribute %s", name)
	}
	if schema[at].Type == oauth.StringAttribute && typed != "null" {
		return json.Marshal(typed)
	}
	if !json.Valid([]byte(typed)) {
		return nil, fmt.Errorf("%s takes a %s, and this is no JSON: a text in a list has quotes, a list brackets", name, schema[at].Type)
	}
	return json.RawMessage(typed), nil
}
