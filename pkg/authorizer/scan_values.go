package authorizer

// values reads an object whose values are strings, or, where lists is set, arrays
// of strings; nil where nothing is kept. A name is kept as another, or, as "", not at all; two
// that become one have their values joined.
func (s *scanner) values(name func(string) string, lists bool) map[string][]string {
	var all map[string][]string
	for member := range s.members() {
		if member = name(member); member == "" {
			s.skip()
			continue
		}
		if all == nil {
			all = map[string][]string{}
		}
		switch {
		case lists:
			all[member] = append(all[member], s.strings()...)
		default:
			all[member] = append(all[member], s.string())
		}
	}
	return all
}

// strings reads an array of strings, nil for null.
func (s *scanner) strings() []string {
	var all []string
	for range s.elements() {
		all = append(all, s.string())
	}
	return all
}
