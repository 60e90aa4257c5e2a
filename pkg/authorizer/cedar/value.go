package cedar

import (
	"math"

	engine "github.com/cedar-policy/cedar-go"
)

// record makes claims a record. What the language has no value for, null and
// fractions, is left out: a policy that goes by it fails, and so refuses.
func record(claims map[string]any) engine.Record {
	all := engine.RecordMap{}
	for name, claim := range claims {
		if value := value(claim); value != nil {
			all[engine.String(name)] = value
		}
	}
	return engine.NewRecord(all)
}

func value(claim any) engine.Value {
	switch v := claim.(type) {
	case string:
		return engine.String(v)
	case bool:
		return engine.Boolean(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return engine.Long(int64(v))
		}
	case []any:
		elements := make([]engine.Value, 0, len(v))
		for _, element := range v {
			if value := value(element); value != nil {
				elements = append(elements, value)
			}
		}
		return engine.NewSet(elements...)
	case map[string]any:
		return record(v)
	}
	return nil
}
