package upstream

import "net/url"

// Asked are the parameters by which a person is sent to a provider, which the test would
// have to reach.
func Asked(r *RelyingParty, p Provider) url.Values { return r.asked(p, "a browser", "a state", Wish{}) }
