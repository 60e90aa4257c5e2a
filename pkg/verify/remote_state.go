package verify

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// State says, for the log, how long ago the document was last known to be the
// issuer's, 0 when it never was, and how often fetching it was tried.
func (r *remote[T]) State() (age time.Duration, tries int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.fetched.IsZero() {
		age = kept.Apart(r.fetched, r.now())
	}
	return age, r.tries
}
