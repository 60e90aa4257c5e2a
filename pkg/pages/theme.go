package pages

import (
	"fmt"
	"math"
	"net/url"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// theme is whose pages these are.
type theme struct {
	Name, LogoURI, PolicyURI, TosURI string
	style                            string
	accent                           colour // on a light ground, which mail has
}

// The cards on which the accent stands, as style.css has them, and the colours of
// text on the accent.
var (
	lightCard = colour{0xff, 0xff, 0xff}
	darkCard  = colour{0x19, 0x1c, 0x25}
	white     = colour{0xff, 0xff, 0xff}
	black     = colour{0x0d, 0x0f, 0x16}
)

// newTheme puts the colours that come of the configured one before the style sheet.
func newTheme(cfg config.Config, sheet string) (theme, error) {
	accent, err := parseColour(cfg.ThemeColor)
	if err != nil {
		return theme{}, err
	}
	light, dark := accent.legibleOn(lightCard), accent.legibleOn(darkCard)
	name := cfg.ThemeName
	if u, err := url.Parse(cfg.Issuer); name == "" && err == nil {
		name = u.Hostname()
		if oauth.Loopback(name) {
			name = "Ostiary"
		}
	}
	return theme{
		Name: name, LogoURI: cfg.ThemeLogoURI, PolicyURI: cfg.PolicyURI, TosURI: cfg.TosURI, accent: light,
		style: fmt.Sprintf(":root{--accent:%s;--on-accent:%s}@media (prefers-color-scheme:dark){:root{--accent:%s;--on-accent:%s}}\n%s",
			light, light.text(), dark, dark.text(), sheet),
	}, nil
}

// colour is red, green and blue of sRGB.
type colour [3]uint8

func parseColour(hex string) (colour, error) {
	n, err := strconv.ParseUint(hex[min(1, len(hex)):], 16, 32)
	if err != nil || len(hex) != 7 || hex[0] != '#' {
		return colour{}, config.Faults{"THEME_COLOR must be a colour such as #4353d9"}
	}
	return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// textContrast is what text needs against its ground (WCAG 2.2, success criterion
// 1.4.3).
const textContrast = 4.5

// legibleOn moves the colour away from its ground, towards black or white, until
// text in it can be read there.
func (c colour) legibleOn(ground colour) colour {
	towards := black
	if ground.luminance() < 0.5 {
		towards = white
	}
	for step := range 101 {
		if mixed := c.mix(towards, float64(step)/100); mixed.contrast(ground) >= textContrast {
			return mixed
		}
	}
	return towards
}

// text is the colour of text on the colour: whichever of white and black stands out
// more, one of which always stands out enough.
func (c colour) text() colour {
	if c.contrast(white) >= c.contrast(black) {
		return white
	}
	return black
}

func (c colour) mix(other colour, part float64) colour {
	var mixed colour
	for i := range c {
		mixed[i] = uint8(math.Round(float64(c[i])*(1-part) + float64(other[i])*part))
	}
	return mixed
}

// contrast is the contrast ratio of WCAG 2.2, 1 to 21.
func (c colour) contrast(other colour) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func (c colour) luminance() float64 {
	linear := func(channel uint8) float64 {
		v := float64(channel) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
