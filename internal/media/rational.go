package media

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Rational is an exact ratio: a frame rate in frames per second (30000/1001 is
// not 29.97), an aspect ratio, or a number of seconds. The zero value means
// "not known" or "auto"; every other value has Den > 0 and is in lowest terms
// when it comes from [NewRational].
type Rational struct {
	Num, Den int64
}

// NewRational returns num/den in lowest terms with a positive denominator. A
// zero denominator gives the zero value.
func NewRational(num, den int64) Rational {
	if den == 0 {
		return Rational{}
	}
	if den < 0 {
		num, den = -num, -den
	}
	if g := gcd(abs(num), den); g > 1 {
		num, den = num/g, den/g
	}
	return Rational{num, den}
}

// ParseRational reads "30000/1001", "16:9", "25" or a decimal such as
// "29.97" (which stays 2997/100). Anything else, a zero denominator or a
// number beyond 18 digits is an error that quotes the text.
func ParseRational(s string) (Rational, error) {
	num, den, isRatio := strings.Cut(s, "/")
	if !isRatio {
		num, den, isRatio = strings.Cut(s, ":")
	}
	if isRatio {
		n, okN := parseWhole(num)
		d, okD := parseWhole(den)
		if !okN || !okD || d == 0 {
			return Rational{}, fmt.Errorf("%q is not a ratio", s)
		}
		return NewRational(n, d), nil
	}
	whole, frac, _ := strings.Cut(s, ".")
	n, ok := parseWhole(whole + frac)
	if !ok || whole == "" || len(frac) > 9 {
		return Rational{}, fmt.Errorf("%q is not a number", s)
	}
	return NewRational(n, int64(math.Pow10(len(frac)))), nil
}

// parseWhole reads a whole number of at most 18 digits.
func parseWhole(s string) (n int64, ok bool) {
	const beyond = 1_000_000_000_000_000_000
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > -beyond && n < beyond
}

// IsZero reports whether a ratio is the zero value (unknown, auto), or zero.
func (r Rational) IsZero() bool { return r.Num == 0 || r.Den == 0 }

// Float is the nearest float64; 0 for the zero value.
func (r Rational) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// Mul returns r × o, exact as long as the reduced result fits 63 bits.
func (r Rational) Mul(o Rational) Rational { return fromRat(new(big.Rat).Mul(r.rat(), o.rat())) }

// Div returns r ÷ o; dividing by zero gives the zero value.
func (r Rational) Div(o Rational) Rational {
	if o.IsZero() {
		return Rational{}
	}
	return fromRat(new(big.Rat).Quo(r.rat(), o.rat()))
}

// Inv returns 1 ÷ r; the zero value stays zero.
func (r Rational) Inv() Rational { return NewRational(r.Den, r.Num) }

// Cmp is -1, 0 or 1 as r is less than, equal to or greater than o. The zero
// value counts as 0.
func (r Rational) Cmp(o Rational) int { return r.rat().Cmp(o.rat()) }

// String is "num/den", or "num" when the denominator is 1: the form that
// ffmpeg's options read. The zero value is "0".
func (r Rational) String() string {
	switch r.Den {
	case 0:
		return "0"
	case 1:
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// RoundHalfUp is the nearest whole number, halves upward. The zero value gives 0.
func (r Rational) RoundHalfUp() int64 {
	if r.Den == 0 {
		return 0
	}
	return floorDiv(2*r.Num+r.Den, 2*r.Den)
}

func (r Rational) rat() *big.Rat {
	if r.Den == 0 {
		return new(big.Rat)
	}
	return big.NewRat(r.Num, r.Den)
}

func fromRat(r *big.Rat) Rational {
	if !r.Num().IsInt64() || !r.Denom().IsInt64() {
		f, _ := r.Float64()
		return NewRational(int64(f*1e6), 1e6)
	}
	return Rational{r.Num().Int64(), r.Denom().Int64()}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func abs(a int64) int64 {
	if a < 0 {
		return -a
	}
	return a
}
