package verify

import "errors"

// statusReference is where a token's status stands.
type statusReference struct {
	uri   string
	index int64
}

// maxIndex is where a number in JSON stops being exact.
const maxIndex = 1 << 53

// readStatus reads the status claim of a token (Token Status List §6.1). One that
// names another mechanism only is none of ours.
func readStatus(claims map[string]any) (r statusReference, present bool, err error) {
	claim, present := claims["status"]
	if !present {
		return r, false, nil
	}
	status, ok := claim.(map[string]any)
	if !ok {
		return r, true, errors.New("it is not an object")
	}
	claim, present = status["status_list"]
	if !present {
		return r, false, nil
	}
	list, ok := claim.(map[string]any)
	if !ok {
		return r, true, errors.New("status_list is not an object")
	}
	index, ok := list["idx"].(float64)
	if !ok || index < 0 || index >= maxIndex || index != float64(int64(index)) {
		return r, true, errors.New("idx is not a whole number")
	}
	if r.uri, ok = list["uri"].(string); !ok {
		return r, true, errors.New("uri is not a string")
	}
	r.index = int64(index)
	return r, true, nil
}
