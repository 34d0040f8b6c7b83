package players

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// playsWithin bounds what one player does on a busy machine.
const playsWithin = 2 * time.Minute

// browser is a Chromium without a window, for all tests of the package's run.
type browser struct{ ctx context.Context }

// startBrowser starts a Chromium that ends with the test.
func startBrowser(t *testing.T) browser {
	t.Helper()
	reelastictest.Need(t, "", "chromium", "--version")
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.WindowSize(800, 600),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	}
	for _, name := range []string{"disable-gpu", "disable-quic", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-background-timer-throttling",
		"disable-backgrounding-occluded-windows", "disable-renderer-backgrounding"} {
		options = append(options, chromedp.Flag(name, true))
	}
	allocator, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return browser{ctx}
}

// page opens a page in a window of its own, evaluates an expression that promises
// a value there, and reads the value into result. Where REELASTIC_SCREENSHOTS
// names a folder, it gets a picture of the page.
func (b browser) page(t *testing.T, url, expression string, result any) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewWindow(true))
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	within, stop := context.WithTimeout(ctx, playsWithin)
	defer stop()
	value, err := chromedp.Run(within, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise,
		chromedp.EvalAsValue))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	if err := json.Unmarshal(value, result); err != nil {
		t.Fatalf("%s returned %s: %v", expression, value, err)
	}
	if folder := os.Getenv("REELASTIC_SCREENSHOTS"); folder != "" {
		picture, err := chromedp.Run(within, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(t.Name())+".png"), picture, 0o600)
		}
		if err != nil {
			t.Errorf("screenshot: %v", err)
		}
	}
}

// call is the expression that calls a function of a page with one argument.
func call(t *testing.T, function string, argument any) string {
	t.Helper()
	text, err := json.Marshal(argument)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s(%s)", function, text)
}
