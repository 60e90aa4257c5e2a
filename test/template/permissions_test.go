package template_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// permission is one action, where and under which condition.
type permission struct{ Action, On, Only string }

// What each function may do, and nothing else. UserTable and StateTable are the
// tables, Key the KMS key; every function may write its own log besides.
func allowed() map[string][]permission {
	const (
		people    = `ForAllValues:StringLike dynamodb:LeadingKeys [user#*]`
		origins   = `ForAllValues:StringLike dynamodb:LeadingKeys [origin#*]`
		ring      = `ForAllValues:StringLike dynamodb:LeadingKeys [keys]`
		public    = `ForAllValues:StringLike dynamodb:LeadingKeys [attributes keys]`
		blocks    = `ForAllValues:StringLike dynamodb:LeadingKeys [status-blocks#*]`
		keys      = `ForAllValues:StringLike dynamodb:LeadingKeys [api-key#*]`
		used      = `ForAllValues:StringLike dynamodb:LeadingKeys [api-key#* proof#*]`
		counter   = `ForAllValues:StringLike dynamodb:LeadingKeys [status]`
		bits      = `ForAllValues:StringLike dynamodb:LeadingKeys [status#*]`
		outbox    = `ForAllValues:StringLike dynamodb:LeadingKeys [outbox#*]`
		clients   = `if Registers: ForAllValues:StringLike dynamodb:LeadingKeys [client#* pairwise registration]`
		found     = `if Registers: ForAllValues:StringLike dynamodb:LeadingKeys [client#* origin#* registration resource#*]`
		names     = `ForAllValues:StringLike dynamodb:LeadingKeys [username#* email#* members#*]`
		addresses = `ForAllValues:StringLike dynamodb:LeadingKeys [email#*]`
		moved     = `if Migrates: ForAllValues:StringLike dynamodb:LeadingKeys [username#* email#*]`
		noClient  = `if Migrates: ForAllValues:StringLike dynamodb:LeadingKeys [client#*]`
		leaving   = `ForAllValues:StringLike dynamodb:LeadingKeys [leaving]`
		leavers   = `ForAllValues:StringLike dynamodb:LeadingKeys [username#* credential#* identity#* members#*]`
		ourSecret = `StringEquals kms:EncryptionContext:ostiary data-key`
	)
	return map[string][]permission{
		"authorize": {
			{"dynamodb:ConditionCheckItem", "StateTable", ""},
			{"dynamodb:ConditionCheckItem", "UserTable", "ForAllValues:StringLike dynamodb:LeadingKeys [client#* group#* user#*]"}, // of who comes
			{"dynamodb:DeleteItem", "StateTable", ""},
			{"dynamodb:DeleteItem", "UserTable", names}, // an address that was a username, too
			{"dynamodb:GetItem", "StateTable", ""},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:PutItem", "AuditTable", ""}, // events are added, and never read, changed or deleted
			{"dynamodb:PutItem", "StateTable", ""},
			{"dynamodb:PutItem", "UserTable", "ForAllValues:StringLike dynamodb:LeadingKeys [credential#* user#*]"},      // consents; factors; a password's hash, when it should cost more
			{"dynamodb:PutItem", "UserTable", "ForAllValues:StringLike dynamodb:LeadingKeys [identity#*]"},               // who comes from another provider
			{"dynamodb:PutItem", "UserTable", names},                                                                     // of who signs up, is invited, or comes from an old system
			{"dynamodb:Query", "StateTable", "ForAllValues:StringLike dynamodb:LeadingKeys [upstream-session#* user#*]"}, // a session's grants, which end with it
			{"dynamodb:Query", "UserTable", "ForAllValues:StringLike dynamodb:LeadingKeys [provider]"},
			{"dynamodb:Query", "UserTable", people}, // their factors, and who they are elsewhere
			{"dynamodb:UpdateItem", "StateTable", ""},
			{"kms:Decrypt", "Key", ourSecret},
		},
		"account": {
			{"dynamodb:DeleteItem", "StateTable", ""},
			{"dynamodb:DeleteItem", "UserTable", addresses},
			{"dynamodb:DeleteItem", "UserTable", leaving}, // whoever has left
			{"dynamodb:DeleteItem", "UserTable", people},  // a consent that is withdrawn; whoever leaves
			{"dynamodb:DeleteItem", "UserTable", leavers}, // what led to them: name, passkeys, identities elsewhere, groups
			{"dynamodb:GetItem", "StateTable", ""},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:PutItem", "AuditTable", ""},
			{"dynamodb:PutItem", "StateTable", ""},
			{"dynamodb:PutItem", "UserTable", addresses},
			{"dynamodb:PutItem", "UserTable", leaving},
			{"dynamodb:PutItem", "UserTable", people},
			{"dynamodb:Query", "StateTable", people},
			{"dynamodb:Query", "UserTable", "ForAllValues:StringLike dynamodb:LeadingKeys [provider]"},
			{"dynamodb:Query", "UserTable", people},
			{"dynamodb:UpdateItem", "StateTable", ""},
			{"kms:Decrypt", "Key", ourSecret}, // mail is sealed; nothing is signed
		},
		"token": {
			{"dynamodb:ConditionCheckItem", "StateTable", ""},
			{"dynamodb:ConditionCheckItem", "UserTable", noClient},
			{"dynamodb:ConditionCheckItem", "UserTable", "if Registers: " + people}, // no client has a person's ID
			{"dynamodb:DeleteItem", "StateTable", ""},
			{"dynamodb:DeleteItem", "UserTable", found}, // a client that leaves, and all by which it is found
			{"dynamodb:GetItem", "StateTable", ""},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:PutItem", "AuditTable", ""},
			{"dynamodb:PutItem", "StateTable", ""},
			{"dynamodb:PutItem", "UserTable", people}, // a password's hash, when it should cost more; another provider's token, renewed
			{"dynamodb:PutItem", "UserTable", moved},
			{"dynamodb:PutItem", "UserTable", clients}, // a client that registers itself
			{"dynamodb:Query", "StateTable", blocks},   // of status indexes, all of which end with a client that leaves
			{"dynamodb:Query", "UserTable", origins},   // may this script read the answer?
			{"dynamodb:Query", "UserTable", people},    // have they another factor than the password? tokens of another provider?
			{"dynamodb:UpdateItem", "StateTable", ""},
			{"kms:Decrypt", "Key", ourSecret},
			{"lambda:InvokeFunction", `{"Ref":"TokenHookFunction"}`, "if InvokesTokenHook: "},
		},
		"admin": {
			{"dynamodb:ConditionCheckItem", "UserTable", leading("client#* group#* user#*")}, // nobody has another's ID; a group is there
			{"dynamodb:DeleteItem", "StateTable", ""},
			{"dynamodb:DeleteItem", "UserTable", leading("client#* credential#* email#* group#* identity#* leaving members#* origin#* provider resource#* user#* username#*")},
			{"dynamodb:GetItem", "StateTable", ""},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:PutItem", "AuditTable", ""},
			{"dynamodb:PutItem", "StateTable", ""},
			{"dynamodb:PutItem", "UserTable", leading("client#* email#* group#* imported-hashes keys leaving members#* origin#* pairwise provider resource#* user#* username#*")},
			{"dynamodb:Query", "AuditTable", ""}, // it alone reads events; it changes and deletes none
			{"dynamodb:Query", "StateTable", leading("invitation status-blocks#* user#*")},
			{"dynamodb:Query", "UserTable", leading("client#* group#* members#* provider user#* username#*")},
			{"dynamodb:UpdateItem", "StateTable", ""},
			{"kms:Decrypt", "Key", ourSecret}, // nothing is signed
		},
		"userinfo": {
			{"dynamodb:GetItem", "StateTable", ""},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:Query", "UserTable", origins},
			{"kms:Decrypt", "Key", ourSecret},
		},
		"discovery": {
			{"dynamodb:GetItem", "UserTable", public}, // public parts of keys: it opens nothing that is sealed
		},
		"status": {
			{"dynamodb:GetItem", "StateTable", counter},
			{"dynamodb:GetItem", "UserTable", ring},
			{"dynamodb:Query", "StateTable", bits},
			{"kms:Decrypt", "Key", ourSecret}, // it signs
		},
		"rotate": {
			{"dynamodb:GetItem", "UserTable", ring},
			{"dynamodb:PutItem", "AuditTable", ""},
			{"dynamodb:PutItem", "UserTable", ring},
			{"kms:Decrypt", "Key", ourSecret},
			{"kms:Encrypt", "Key", ourSecret},
		},
		"audit": {
			{"dynamodb:DescribeStream", "AuditTableStream", ""}, // whoever publishes events changes none
			{"dynamodb:GetRecords", "AuditTableStream", ""},
			{"dynamodb:GetShardIterator", "AuditTableStream", ""},
			{"dynamodb:ListStreams", "AuditTableStream", ""},
			{
				"events:PutEvents", `{"Fn::Sub":"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${AuditEventBus}"}`,
				"ForAllValues:StringEquals events:source ostiary.audit",
			},
		},
		"deliver": {
			{"dynamodb:DeleteItem", "StateTable", outbox},
			{"dynamodb:DeleteItem", "StateTable", people}, // sessions and grants of who is leaving
			{"dynamodb:DeleteItem", "UserTable", leading("leaving user#* username#* email#* credential#* identity#* members#*")},
			{"dynamodb:DescribeStream", "StateTableStream", ""},
			{"dynamodb:GetItem", "StateTable", outbox},
			{"dynamodb:GetItem", "StateTable", people},
			{"dynamodb:GetItem", "UserTable", ""},
			{"dynamodb:GetRecords", "StateTableStream", ""},
			{"dynamodb:GetShardIterator", "StateTableStream", ""},
			{"dynamodb:ListStreams", "StateTableStream", ""},
			{"dynamodb:PutItem", "AuditTable", ""},
			{"dynamodb:PutItem", "StateTable", outbox},
			{"dynamodb:PutItem", "StateTable", bits},
			{"dynamodb:PutItem", "StateTable", people}, // that all of theirs has ended
			{"dynamodb:Query", "StateTable", outbox},
			{"dynamodb:Query", "StateTable", people},
			{"dynamodb:Query", "UserTable", leading("leaving user#*")},
			{"kms:Decrypt", "Key", ourSecret},
			{
				"ses:SendEmail", `{"Fn::Sub":"arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"}`,
				"if SendsBySes: StringEquals ses:FromAddress map[Ref:MailFrom]",
			},
		},
		"authorizer_table": {
			{"dynamodb:GetItem", "UserTable", keys},
			{"dynamodb:PutItem", "StateTable", used},
		},
		"authorizer": nil, // who stands at the gate owns nothing
		"protected":  nil,
	}
}

// leading is the condition that a partition begins so.
func leading(keys string) string {
	return "ForAllValues:StringLike dynamodb:LeadingKeys [" + keys + "]"
}

func TestEveryFunctionMayDoWhatItNeedsAndNoMore(t *testing.T) {
	t.Parallel()
	want := allowed()
	roles := make(map[string]string)
	for file, x := range transformed(t) {
		for id, function := range x.of("AWS::Lambda::Function") {
			name := folder(id)
			role, _, _ := strings.Cut(getAtt(function.Properties["Role"]), ".")
			if other, taken := roles[role]; taken || role == "" {
				t.Errorf("%s has the role %q of %s", name, role, other)
			}
			roles[role] = name
			got := permissions(t, file+" "+id, x.Resources[role], strings.TrimSuffix(id, "Function"))
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
	if len(roles) != len(want) {
		t.Errorf("got the functions %v, want %d of them", roles, len(want))
	}
}

// permissions lists what a role allows but for its own log, which it must.
func permissions(t *testing.T, where string, role resource, prefix string) []permission {
	t.Helper()
	if role.Type != "AWS::IAM::Role" || role.Properties["ManagedPolicyArns"] != nil {
		t.Errorf("%s: got a %s with the managed policies %v", where, role.Type, role.Properties["ManagedPolicyArns"])
	}
	var found []permission
	logs := 0
	for _, policy := range list(role.Properties["Policies"]) {
		for _, s := range list(at(policy, "PolicyDocument", "Statement")) {
			s, when := inForce(s)
			if at(s, "Effect") != "Allow" || at(s, "NotAction") != nil || at(s, "NotResource") != nil {
				t.Errorf("%s: got the statement %v", where, s)
			}
			for _, action := range list(at(s, "Action")) {
				p := permission{fmt.Sprint(action), on(at(s, "Resource")), when + condition(at(s, "Condition"))}
				if p.On == prefix+"Logs.Arn" && (p.Action == "logs:CreateLogStream" || p.Action == "logs:PutLogEvents") {
					logs++
					continue
				}
				found = append(found, p)
			}
		}
	}
	if logs != 2 {
		t.Errorf("%s: it cannot write its log", where)
	}
	slices.SortFunc(found, func(a, b permission) int { return strings.Compare(a.Action+a.On+a.Only, b.Action+b.On+b.Only) })
	return found
}

// inForce returns a statement that a condition of the template turns on, and which.
func inForce(statement any) (inside any, when string) {
	choice := list(at(statement, "Fn::If"))
	if len(choice) != 3 || ref(choice[2]) != "AWS::NoValue" {
		return statement, ""
	}
	return choice[1], fmt.Sprintf("if %s: ", choice[0])
}

// on names a resource. Any form that the templates do not use comes out as it is,
// and so matches no permission: a star among them.
func on(v any) string {
	const table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${"
	if arn, ok := at(v, "Fn::Sub").(string); ok {
		if name, ok := strings.CutPrefix(arn, table); ok {
			return strings.TrimSuffix(name, "}")
		}
	}
	switch ref(v) {
	case "KmsKeyArn":
		return "Key"
	case "StateTableStream", "AuditTableStream":
		return ref(v)
	}
	if attribute := getAtt(v); attribute != "" {
		return attribute
	}
	text, _ := json.Marshal(v)
	return string(text)
}

func condition(v any) string {
	var words []string
	for operator, operands := range object(v) {
		for key, value := range object(operands) {
			words = append(words, fmt.Sprint(operator, " ", key, " ", value))
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// Roles can be taken on by Lambda alone, and are bounded where the account demands.
func TestRolesAreForLambda(t *testing.T) {
	t.Parallel()
	const want = `{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}],"Version":"2012-10-17"}`
	for file, x := range transformed(t) {
		for id, role := range x.of("AWS::IAM::Role") {
			got, _ := json.Marshal(role.Properties["AssumeRolePolicyDocument"])
			if string(got) != want {
				t.Errorf("%s: %s can be assumed by %s", file, id, got)
			}
			boundary := list(at(role.Properties["PermissionsBoundary"], "Fn::If"))
			if len(boundary) != 3 || boundary[0] != "HasBoundary" || ref(boundary[1]) != "PermissionsBoundary" {
				t.Errorf("%s: %s ignores PermissionsBoundary", file, id)
			}
		}
	}
}

// Only API Gateway and the schedule may invoke, each from one API or rule.
func TestInvokersAreNamed(t *testing.T) {
	t.Parallel()
	for file, x := range transformed(t) {
		for id, p := range x.of("AWS::Lambda::Permission") {
			principal := p.Properties["Principal"]
			if principal != "apigateway.amazonaws.com" && principal != "events.amazonaws.com" {
				t.Errorf("%s: %s lets %v invoke", file, id, principal)
			}
			source, _ := json.Marshal(p.Properties["SourceArn"])
			if !strings.Contains(string(source), "Api") && !strings.Contains(string(source), "Schedule") {
				t.Errorf("%s: %s is not bound to an API or a rule: %s", file, id, source)
			}
		}
	}
}

func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}
