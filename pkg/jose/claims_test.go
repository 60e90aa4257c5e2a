package jose_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/jose"
)

func TestClaims(t *testing.T) {
	claims, err := jose.ParseClaims([]byte(" {\"sub\" : \"\\u0061\\ud83d\\ude00\\n\\/\", \"aud\":[\"x\",\"y\"],\r\n\t\"n\":-1.5e+2,\"o\":{\"t\":true,\"f\":false,\"z\":null},\"e\":[],\"exp\":1700000000.25} "))
	if err != nil {
		t.Fatal(err)
	}
	want := jose.Claims{
		"sub": "a\U0001F600\n/", "aud": []any{"x", "y"}, "n": -150.0, "e": []any{}, "exp": 1700000000.25,
		"o": map[string]any{"t": true, "f": false, "z": nil},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
	if got, present, err := claims.String("sub"); got != "a\U0001F600\n/" || !present || err != nil {
		t.Errorf("got %q %v %v", got, present, err)
	}
	if got, present, err := claims.Strings("aud"); !cmp.Equal(got, []string{"x", "y"}) || !present || err != nil {
		t.Errorf("got %q %v %v", got, present, err)
	}
	if got, present, err := claims.Strings("sub"); len(got) != 1 || !present || err != nil {
		t.Errorf("got %q %v %v", got, present, err)
	}
	if got, present, err := claims.Time("exp"); !got.Equal(time.UnixMilli(1700000000250)) || !present || err != nil {
		t.Errorf("got %v %v %v", got, present, err)
	}
	_, a, err1 := claims.String("none")
	_, b, err2 := claims.Strings("none")
	_, c, err3 := claims.Time("none")
	if a || b || c || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("an absent claim is there: %v %v %v", err1, err2, err3)
	}
}

func TestJ10RepeatedClaims(t *testing.T) {
	for _, doc := range []string{
		`{"sub":"a","sub":"a"}`, `{"sub":"a","\u0073ub":"b"}`, `{"a":{"b":1,"b":1}}`, `{"a":[{"b":1},{"c":1,"c":2}]}`,
		`{"":1,"":1}`, `{"\ud83d\ude00":1,"` + "\U0001F600" + `":2}`,
	} {
		if _, err := jose.ParseClaims([]byte(doc)); err == nil {
			t.Errorf("%s is accepted", doc)
		}
	}
	if _, err := jose.ParseClaims([]byte(`{"a":{"a":1},"b":{"a":1}}`)); err != nil {
		t.Errorf("one name at two places: %v", err)
	}
}

func TestJ24Dates(t *testing.T) {
	for value, good := range map[string]bool{
		`1700000000`: true, `1700000000.5`: true, `1.7e9`: true, `253402300799`: true, `0.5`: true,
		`0`: false, `-0`: false, `-1`: false, `null`: false, `true`: false, `"1700000000"`: false,
		`"2030-01-01T00:00:00Z"`: false, `1e30`: false, `9223372036854775807`: false, `253402300800`: false,
		`[1700000000]`: false, `{}`: false,
	} {
		claims, err := jose.ParseClaims([]byte(`{"exp":` + value + `}`))
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		if _, present, err := claims.Time("exp"); !present || (err == nil) != good {
			t.Errorf("%s: got %v, want good %v", value, err, good)
		}
	}
}

func TestJ26ClaimTypes(t *testing.T) {
	for _, value := range []string{`1`, `null`, `{}`, `true`, `[1]`, `["a",null]`, `[["a"]]`} {
		claims, err := jose.ParseClaims([]byte(`{"c":` + value + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, present, err := claims.Strings("c"); err == nil || !present {
			t.Errorf("%s is taken for strings", value)
		}
		if _, present, err := claims.String("c"); err == nil || !present {
			t.Errorf("%s is taken for a string", value)
		}
	}
}

func TestJ27MalformedClaims(t *testing.T) {
	for name, doc := range map[string]string{
		"array": `[1]`, "null": `null`, "string": `"x"`, "number": `1`, "empty": ``, "space": ` `,
		"byte order mark": "\uFEFF{}", "trailing bytes": `{}x`, "trailing NUL": "{}\x00", "second object": `{}{}`,
		"invalid UTF-8": "{\"a\":\"\xff\"}", "overlong UTF-8": "{\"a\":\"\xc0\xaf\"}", "surrogate in UTF-8": "{\"a\":\"\xed\xa0\x80\"}",
		"high half alone": `{"a":"\ud800"}`, "low half alone": `{"a":"\udc00"}`, "halves swapped": `{"a":"\ude00\ud83d"}`,
		"high half and letter": `{"a":"\ud83dx"}`, "two high halves": `{"a":"\ud83d\ud83d"}`, "half and bare digits": `{"a":"\ud83dde00"}`,
		"end of object": `{`, "end in name": `{"a`, "end in string": `{"a":"`, "end in escape": `{"a":"\`, "end in hex": `{"a":"\u00`,
		"unknown escape": `{"a":"\x"}`, "bad hex": `{"a":"\u00g0"}`, "signed hex": `{"a":"\u+123"}`, "spaced hex": `{"a":"\u_123"}`,
		"control character": "{\"a\":\"\n\"}", "control character after escape": "{\"a\":\"\\n\n\"}",
		"no colon": `{"a" 1}`, "no comma": `{"a":1 "b":2}`, "trailing comma": `{"a":1,}`, "leading comma": `{,"a":1}`,
		"array trailing comma": `{"a":[1,]}`, "array no comma": `{"a":[1 2]}`, "bare name": `{a:1}`, "single quotes": `{'a':1}`,
		"number name": `{1:1}`, "comment": `{/**/"a":1}`, "form feed": "{\f}", "vertical tab": "{\v}", "no-break space": "{\u00a0}",
		"leading zero": `{"a":01}`, "plus": `{"a":+1}`, "point first": `{"a":.5}`, "point last": `{"a":5.}`, "empty exponent": `{"a":1e}`,
		"minus alone": `{"a":-}`, "hex number": `{"a":0x10}`, "infinity": `{"a":Infinity}`, "NaN": `{"a":NaN}`, "out of range": `{"a":1e400}`,
		"underscore": `{"a":1_0}`, "long number": `{"a":` + strings.Repeat("1", 65) + `}`, "True": `{"a":True}`, "tru": `{"a":tru}`,
		"too deep": strings.Repeat(`{"a":`, 8) + `{}` + strings.Repeat(`}`, 8), "very deep": strings.Repeat(`{"a":[`, 5000),
		"mismatched brackets": `{"a":[1}]`,
	} {
		if claims, err := jose.ParseClaims([]byte(doc)); err == nil {
			t.Errorf("%s: %.60q is accepted as %v", name, doc, claims)
		}
	}
	if _, err := jose.ParseClaims([]byte(strings.Repeat(`{"a":`, 7) + `{}` + strings.Repeat(`}`, 7))); err != nil {
		t.Errorf("eight levels: %v", err)
	}
}

func TestJ28NamesMatchByteForByte(t *testing.T) {
	claims, err := jose.ParseClaims([]byte(`{"EXP":1700000000,"Iss":"x","ſub":"alice","aud ":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"exp", "iss", "sub", "aud"} {
		if _, present := claims[name]; present {
			t.Errorf("%s is there", name)
		}
		if _, present, _ := claims.String(name); present {
			t.Errorf("%s is there", name)
		}
	}
}
