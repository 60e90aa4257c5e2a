package mail

import (
	"context"
	"slices"
	"sync"
	"time"
)

// trayed is how many messages a tray holds.
const trayed = 100

// Tray is where mail lands that is sent to nobody: a developer looks at it there. It
// lasts as long as the process.
type Tray struct {
	mu   sync.Mutex
	held []Laid
	now  func() time.Time
}

// Laid is a message in a tray.
type Laid struct {
	Message
	At time.Time
}

// NewTray returns an empty tray.
func NewTray() *Tray { return &Tray{now: time.Now} }

// Lay is a Send. The oldest message makes room for the hundred-and-first.
func (t *Tray) Lay(_ context.Context, m Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = append(t.held, Laid{m, t.now()})
	if len(t.held) > trayed {
		t.held = slices.Delete(t.held, 0, len(t.held)-trayed)
	}
	return nil
}

// List returns what lies in the tray, the newest first.
func (t *Tray) List() []Laid {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.Clone(t.held)
	slices.Reverse(list)
	return list
}
