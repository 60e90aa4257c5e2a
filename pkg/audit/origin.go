package audit

import (
	"cmp"
	"context"
)

// Origin is who is at it and from where, as a door knows it before any rule is asked.
type Origin struct {
	Actor     Actor
	Address   string // as the network says, never a header
	UserAgent string
	Reference string // of the log line, where the door made one; else the Trail asks for the trace
}

type originKey struct{}

// WithOrigin returns a context in which events come from there. Doors call it.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// WithActor returns a context in which events are done by a, from where they came
// before. It is called where it has been proved who somebody is.
func WithActor(ctx context.Context, a Actor) context.Context {
	o := OriginOf(ctx)
	o.Actor = a
	return WithOrigin(ctx, o)
}

// OriginOf returns what WithOrigin said, the zero Origin where nobody has.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Acting is who acts by the context, else whoever it is by the rule that was decided:
// who follows a link in a mail is its person, unless an administrator is at it.
func Acting(ctx context.Context, otherwise Actor) Actor {
	return cmp.Or(OriginOf(ctx).Actor, otherwise)
}
