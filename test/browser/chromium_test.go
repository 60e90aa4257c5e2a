package browser_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium runs while the test does.
type chromium struct{ context.Context }

// openChromium starts Debian's chromium, quiet on the network, with nothing
// remembered from before. It trusts anybody: the server's certificate is its own.
func openChromium(t *testing.T) chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: run `make tools`, or install chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.IgnoreCertErrors, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.WindowSize(1000, 900), chromedp.Flag("lang", "en"),
		chromedp.Env(japanese(t)...),
	)
	if os.Geteuid() == 0 { // chromium refuses its sandbox to root
		options = append(options, chromedp.NoSandbox)
	}
	allocator, _ := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, _ := chromedp.NewContext(allocator)
	check(t, chromedp.Do(ctx))
	t.Cleanup(func() { check(t, chromedp.Cancel(ctx)) })
	return chromium{ctx}
}

// tab is a window of a browser that knows no cookie yet.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open opens a tab. What a page complains about on the console, such as a breach of
// its own policy, fails the test.
func (c chromium) open(t *testing.T) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.Context, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	check(t, chromedp.Do(ctx))
	// Each window believes to be the one in front.
	_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	check(t, err)
	b := &tab{t, ctx}
	check(t, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				t.Errorf("the browser complains: %s (%s)", e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("a script failed: %+v", e.ExceptionDetails)
		}
	}))
	return b
}

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// do does one thing after the other.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for n, step := range steps {
		if _, err := within(b, step); err != nil {
			where, _ := within(b, chromedp.Location())
			text, _ := within(b, chromedp.Evaluate[string]("document.body.innerText"))
			b.picture("failed")
			b.t.Fatalf("step %d at %s: %v\n%s", n+1, where, err, text)
		}
	}
}

func within[T any](b *tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// tell returns what an action finds out.
func tell[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	found, err := within(b, action)
	if err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
	return found
}

// eval returns the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return tell(b, chromedp.Evaluate[T](expression))
}

// phone makes the window as narrow as a small phone, or a large one for somebody who
// has magnified it four times (WCAG 2.2, 1.4.10).
func (b *tab) phone() { b.do(chromedp.EmulateViewport(320, 640)) }

// dark is for people who prefer it.
func (b *tab) dark() {
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	check(b.t, err)
}

// scripts turns JavaScript on or off.
func (b *tab) scripts(on bool) {
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	check(b.t, err)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
