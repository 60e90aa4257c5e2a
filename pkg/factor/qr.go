package factor

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// QR is a QR code, as a path of SVG in squares of one unit.
type QR struct {
	Size int // of a side, with its margin
	Path string
}

// qrMargin is the quiet zone (ISO/IEC 18004 §5.3.8).
const qrMargin = 4

// DrawQR draws text that a camera reads off a screen: with correction for a seventh of
// it.
func DrawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("encode QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			begin := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > begin {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", begin+qrMargin, y+qrMargin, x-begin, x-begin)
			}
		}
	}
	return QR{Size: code.Size + 2*qrMargin, Path: path.String()}, nil
}
