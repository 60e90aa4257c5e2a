package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ostiary-auth/ostiary/test/cache"
)

// japanese describes the machine's fonts, and one for Japanese, which few machines
// without a screen have: the variables that make Chromium read it.
func japanese(t *testing.T) []string {
	t.Helper()
	font := filepath.Join(cache.Folder(t), "node", "node_modules", "@expo-google-fonts", "zen-kaku-gothic-new", "400Regular")
	if _, err := os.Stat(font); err != nil {
		t.Fatalf("%v: run `make tools`", err)
	}
	config := filepath.Join(t.TempDir(), "fonts.conf")
	check(t, os.WriteFile(config, []byte(`<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>`+
		`<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>`+font+`</dir></fontconfig>`), 0o644))
	return []string{"FONTCONFIG_FILE=" + config}
}

// reads demands that two letters of a script look different: without a font for it
// all are the same box.
func (b *tab) reads(one, other string) {
	b.t.Helper()
	if eval[bool](b, `((...letters) => {
		const drawn = letters.map((letter) => {
			const canvas = document.createElement("canvas"), pen = canvas.getContext("2d")
			pen.font = "40px " + getComputedStyle(document.body).fontFamily
			pen.fillText(letter, 10, 60)
			return canvas.toDataURL()
		})
		return drawn[0] === drawn[1]
	})("`+one+`", "`+other+`")`) {
		b.t.Errorf("%s and %s are drawn alike: there is no font for them", one, other)
	}
}
