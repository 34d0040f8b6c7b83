package client

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// The names of boto.elastictranscoder.
const (
	// APIVersion is the version of the API, the first segment of every path.
	APIVersion = "2012-09-25"
	// DefaultRegionName is the region where none is given.
	DefaultRegionName = "us-east-1"
	// DefaultRegionEndpoint is the original endpoint of that region. The service
	// behind it is closed.
	DefaultRegionEndpoint = "elastictranscoder.us-east-1.amazonaws.com"
)

// The environment variables that name an endpoint, as in the AWS tools, and the
// one that makes them not count.
const (
	envEndpoint        = "AWS_ENDPOINT_URL_ELASTIC_TRANSCODER"
	envAnyEndpoint     = "AWS_ENDPOINT_URL"
	envIgnoreEndpoints = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
)

// Region is a region of the original service.
type Region struct {
	Name string
	// Endpoint is the host that the service had there.
	Endpoint string
}

// Connect makes a client of the region.
func (r Region) Connect(opts ...Option) (*Client, error) { return ConnectToRegion(r.Name, opts...) }

// Regions returns the eight regions of the original, by name.
func Regions() []Region {
	names := []string{"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		"eu-west-1", "us-east-1", "us-west-1", "us-west-2"}
	regions := make([]Region, len(names))
	for i, name := range names {
		regions[i] = Region{Name: name, Endpoint: regionEndpoint(name)}
	}
	return regions
}

func regionEndpoint(region string) string { return "elastictranscoder." + region + ".amazonaws.com" }

// closedRegion returns the region of an original endpoint; "" for another host.
func closedRegion(host string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(host), "elastictranscoder.")
	region, ok2 := strings.CutSuffix(rest, ".amazonaws.com")
	if !ok || !ok2 {
		return ""
	}
	return region
}

// ConnectToRegion makes a client that signs for a region. Its endpoint is that
// of [WithEndpoint], of AWS_ENDPOINT_URL_ELASTIC_TRANSCODER, of
// AWS_ENDPOINT_URL, or else the original one, which is closed; a name that the
// original did not have needs one of the others.
func ConnectToRegion(name string, opts ...Option) (*Client, error) {
	return New("", append(slices.Clip(opts), WithRegion(name))...)
}

// resolve returns the address to send to and the region to sign for.
func (o *options) resolve() (base *url.URL, region string, err error) {
	region = cmp.Or(o.region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), DefaultRegionName)
	text := o.endpoint
	if text == "" && !strings.EqualFold(os.Getenv(envIgnoreEndpoints), "true") {
		text = cmp.Or(os.Getenv(envEndpoint), os.Getenv(envAnyEndpoint))
	}
	if text == "" {
		if !slices.ContainsFunc(Regions(), func(r Region) bool { return r.Name == region }) {
			return nil, "", fmt.Errorf("region %q has no endpoint: give one by WithEndpoint or %s", region, envEndpoint)
		}
		text = regionEndpoint(region)
	}
	if base, err = parseEndpoint(text); err != nil {
		return nil, "", err
	}
	// An original endpoint takes signatures of its own region only.
	if own := closedRegion(base.Hostname()); own != "" && o.region == "" {
		region = own
	}
	return base, region, nil
}

// parseEndpoint reads an address; one without a scheme means https. The path is
// put before that of each request.
func parseEndpoint(text string) (*url.URL, error) {
	full := text
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("endpoint %q must be an address such as http://127.0.0.1:8080", text)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("the endpoint at host %q must be scheme, host and path only", u.Host)
	}
	escaped := strings.TrimRight(u.EscapedPath(), "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", text, err)
	}
	u.Path, u.RawPath = plain, escaped
	return u, nil
}
