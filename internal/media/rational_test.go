package media

import "testing"

// FuzzParseRational reads ratios: they have a positive denominator, are in lowest terms, and are
// read again from what they are written as.
func FuzzParseRational(f *testing.F) {
	for _, text := range []string{
		"30000/1001", "16:9", "25", "29.97", "0/0", "-1/-2", "1.", ".5", "1/-9223372036854775808",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRational(text)
		if err != nil {
			return
		}
		if r.Den < 0 || r.Den == 0 && r != (Rational{}) {
			t.Fatalf("%q is %d/%d", text, r.Num, r.Den)
		}
		if r == (Rational{}) {
			return
		}
		if gcd(abs(r.Num), r.Den) != 1 {
			t.Errorf("%q is %d/%d, not in lowest terms", text, r.Num, r.Den)
		}
		if again, err := ParseRational(r.String()); err != nil || again != r {
			t.Errorf("%q is %s, which is read as %v: %v", text, r, again, err)
		}
	})
}
