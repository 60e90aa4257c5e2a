package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// attributeCommand looks after the claims that are the operator's own.
func (a *app) attributeCommand() *cobra.Command {
	command := &cobra.Command{Use: "attribute", Short: "Look after claims of your own"}
	command.AddCommand(
		a.attributeAddCommand(),
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
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tTYPE\tMAX\tSCOPE\tIN\tSELF_SERVICE\tDESCRIPTION")
	for _, a := range attributes {
		in := []string{string(oauth.InUserinfo)}
		for _, target := range a.In {
			in = append(in, string(target))
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", a.Name, a.Type, a.Max, a.Scope, strings.Join(in, ","), a.SelfService, a.Description)
	}
	table.Flush()
}

func (a *app) attributeAddCommand() *cobra.Command {
	var made oauth.Attribute
	var kind, self string
	var in []string
	command := &cobra.Command{
		Use: "add NAME --scope SCOPE", Short: "Make an attribute that users may have", Args: cobra.ExactArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			made.Name, made.Type, made.SelfService = args[0], oauth.AttributeType(kind), oauth.SelfService(self)
			for _, target := range in {
				made.In = append(made.In, oauth.ClaimTarget(target))
			}
			attribute, err := users.AddAttribute(ctx, made)
			if err != nil {
				return err
			}
			return a.print(attribute, func(w io.Writer) { fmt.Fprintf(w, "%s added\n", attribute.Name) })
		}),
	}
	flags := command.Flags()
	flags.StringVar(&kind, "type", "string", "what its values are: string, number, boolean, strings or json")
	flags.StringVar(&made.Scope, "scope", "", "the scope value that releases it")
	flags.StringSliceVar(&in, "in", nil, "the tokens that say it, beside userinfo: access_token, id_token")
	flags.StringVar(&self, "self-service", "none", "what users may do with their own: read, write or none")
	flags.IntVar(&made.Max, "max", 0, "how many bytes a value may have as JSON; 0 is 256")
	flags.StringVar(&made.Description, "description", "", "what it is")
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
