package pages

import "strings"

// device says which browser on which system a User-Agent is, so that a person knows
// their own devices again. Nobody proves anything by it, and what is not known is "".
// The first mark found counts: most browsers say that they are others, too.
func device(userAgent string) (browser, system string) {
	return first(userAgent, [][2]string{
			{"EdgA/", "Edge"},
			{"EdgiOS/", "Edge"},
			{"Edg/", "Edge"},
			{"OPR/", "Opera"},
			{"SamsungBrowser/", "Samsung Internet"},
			{"Vivaldi/", "Vivaldi"},
			{"Firefox/", "Firefox"},
			{"FxiOS/", "Firefox"},
			{"CriOS/", "Chrome"},
			{"Chrome/", "Chrome"},
			{"Safari/", "Safari"},
		}), first(userAgent, [][2]string{
			{"iPhone", "iPhone"},
			{"iPad", "iPad"},
			{"Android", "Android"},
			{"CrOS", "ChromeOS"},
			{"Windows", "Windows"},
			{"Macintosh", "macOS"},
			{"Linux", "Linux"},
		})
}

func first(userAgent string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(userAgent, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
