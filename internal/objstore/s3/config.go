package s3

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Config says where the buckets are. It holds no secrets.
type Config struct {
	Place
	// Buckets are those that are elsewhere, by name; what is "" in a Place of theirs
	// is as for all others.
	Buckets map[string]Place
	// PathStyle puts the bucket's name into the path of a request, not in front of
	// the host's.
	PathStyle bool
	// CAFile holds certificates (PEM) that endpoints may show beside those that the
	// system trusts; "" for none.
	CAFile string
}

// Place is a region and an endpoint in it; endpoint "" is Amazon's.
type Place struct{ Region, Endpoint string }

// ParseConfig reads the form that --storage has:
//
//	s3://?endpoint=URL&region=NAME&path-style=BOOL&ca=FILE&bucket.NAME.endpoint=URL&bucket.NAME.region=NAME
//
// Every parameter may be left out. The region is then the given one; with an
// endpoint, path-style is then true.
func ParseConfig(text, region string) (Config, error) {
	c := Config{Place: Place{Region: region}, Buckets: map[string]Place{}}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "s3":
		return c, fmt.Errorf("must be of the form s3://?endpoint=URL&region=NAME")
	case u.User != nil:
		return c, fmt.Errorf("credentials must not stand here: give them in the environment, as to every AWS client")
	case u.Host != "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "":
		return c, fmt.Errorf("there must be no text between s3:// and the question mark: the buckets are those of " +
			"the pipelines")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return c, fmt.Errorf("the part behind the question mark can't be read: %w", err)
	}
	styled := false
	for name, values := range query {
		if len(values) > 1 {
			return c, fmt.Errorf("%s is given %d times; it must be given once", name, len(values))
		}
		styled = styled || name == "path-style"
		if err := c.set(name, values[0]); err != nil {
			return c, err
		}
	}
	if !styled {
		c.PathStyle = c.Endpoint != ""
	}
	return c, nil
}

// set takes one parameter.
func (c *Config) set(name, value string) (err error) {
	switch name {
	case "path-style":
		if c.PathStyle, err = strconv.ParseBool(value); err != nil {
			return fmt.Errorf("path-style %q is not valid: it must be true or false", value)
		}
		return nil
	case "ca":
		c.CAFile = value
		return nil
	}
	if rest, ok := strings.CutPrefix(name, "bucket."); ok {
		if i := strings.LastIndexByte(rest, '.'); i > 0 {
			place := c.Buckets[rest[:i]]
			err = place.set(name, rest[i+1:], value)
			c.Buckets[rest[:i]] = place
			return err
		}
	}
	return c.Place.set(name, name, value)
}

func (p *Place) set(parameter, member, value string) error {
	switch member {
	case "region":
		p.Region = value
		return nil
	case "endpoint":
		p.Endpoint = value
		return checkEndpoint(parameter, value)
	}
	known := []string{"endpoint", "region", "path-style", "ca", "bucket.NAME.endpoint", "bucket.NAME.region"}
	return fmt.Errorf("parameter %q is not known; the parameters are %s", parameter, strings.Join(known, ", "))
}

func checkEndpoint(parameter, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "":
		return fmt.Errorf("%s must be of the form https://HOST", parameter) // not quoted: it may hold a password
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s must be an address alone, of scheme and host", parameter)
	}
	return nil
}

// place is where a bucket is.
func (c Config) place(bucket string) Place {
	own := c.Buckets[bucket]
	return Place{
		Region:   cmp.Or(own.Region, c.Region),
		Endpoint: cmp.Or(own.Endpoint, c.Endpoint),
	}
}
