package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func (t *tally) total() string {
	return fmt.Sprintf("%s %simported, %d updated, %d skipped, %d refused", counted(t.Imported, "user"), t.would(), t.Updated, t.Skipped, t.Refused)
}

func (t *tally) would() string {
	if t.DryRun {
		return "would be "
	}
	return ""
}

// write tells a person all of it.
func (t *tally) write(out, err io.Writer) {
	for _, bad := range t.Failed {
		shown(err, "%s: %s", bad.Place, bad.Reason)
	}
	if more := t.Refused - len(t.Failed); more > 0 {
		shown(err, "and %d more; --report FILE names them all", more)
	}
	fmt.Fprintln(out, t.total())
	for _, name := range slices.Sorted(maps.Keys(t.Administer)) {
		shown(out, "administrators %smade: %s, by group %s, which administers this provider", t.would(), counted(t.Administer[name], "user"), name)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Left)) {
		shown(out, "not imported: %s, of %s", name, counted(t.Left[name], "user"))
	}
	if len(t.GroupsMade) > 0 {
		shown(out, "groups %smade: %s", t.would(), strings.Join(t.GroupsMade, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Groups)) {
		shown(out, "needed: group %s, for %s; --create-groups makes it", name, counted(t.Groups[name], "user"))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		shown(out, "needed: attribute %s, for %s; %s", name, counted(t.Attributes[name], "user"), attributeAdvice(name))
	}
	for _, name := range t.Guarded {
		shown(out, "%s administers this provider, so nobody joins by the file alone: --map %s says that they shall", name, shellWord(name+"=GROUP"))
	}
	for _, name := range t.UnusedNames {
		shown(err, "--map: %s is nowhere in the file", name)
	}
}

// shown writes one line to a person. The names and reasons in it are of the file's making,
// that is of strangers': a terminal would obey what some hold, or take it for our next line.
func shown(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, printable(fmt.Sprintf(format, args...)))
}

// attributeAdvice says what to do for an attribute of the file. Who sent the file chose the
// name, and somebody copies the command into a shell: so it names only what an attribute
// can be called, of which no shell obeys anything.
func attributeAdvice(name string) string {
	if !oauth.IsClaimName(name) || oauth.IsRegisteredClaim(name) || strings.HasPrefix(name, "-") { // a flag
		return "--map makes another of it"
	}
	return "ostiary attribute add " + name + " --scope SCOPE makes it, --map another of it"
}

// shellWord is one word to a shell, in which nothing means anything but itself (POSIX.1-2024,
// Shell Command Language §2.2.2).
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
