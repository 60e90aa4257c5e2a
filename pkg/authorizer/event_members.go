package authorizer

// member reads one member of the event.
func (e *event) member(s *scanner, name string, wants wants) {
	switch name {
	case "version":
		e.version = s.string()
	case "type":
		e.typ = s.string()
	case "methodArn":
		e.methodARN = s.string()
	case "routeArn":
		e.routeARN = s.string()
	case "authorizationToken":
		e.token = s.string()
	case "routeKey":
		e.routeKey = s.string()
	case "resource":
		e.resource = s.string()
	case "path", "rawPath":
		e.path = s.string()
	case "headers", "requestHeaders":
		e.headers = s.values(wants.header, false)
	case "multiValueHeaders":
		e.lists = s.values(wants.header, true)
	case "queryStringParameters":
		e.query = s.values(wants.parameter, false)
	case "multiValueQueryStringParameters":
		e.queries = s.values(wants.parameter, true)
	case "rawQueryString":
		e.rawQuery = s.string()
	case "cookies":
		e.cookies = s.strings()
	case "identitySource":
		if s.peek() == '"' { // format 1.0 joins them by commas
			e.identitySource = []string{s.string()}
			return
		}
		e.identitySource = s.strings()
	case "requestContext":
		for member := range s.once() {
			e.contextMember(s, member)
		}
	default:
		s.skip()
	}
}

// contextMember reads one member of requestContext, which API Gateway writes: the
// caller's address and certificate are believed from here only.
func (e *event) contextMember(s *scanner, name string) {
	switch name {
	case "eventType":
		e.connecting = s.string() == "CONNECT"
	case "queryString":
		s.skip()
		e.graphQL = true
	case "identity", "http", "authentication":
		for member := range s.once() {
			switch member {
			case "sourceIp":
				e.sourceIP = s.string()
			case "clientCert":
				for part := range s.once() {
					if part == "clientCertPem" {
						e.clientCert = s.string()
					} else {
						s.skip()
					}
				}
			default:
				s.skip()
			}
		}
	default:
		s.skip()
	}
}
