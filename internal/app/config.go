package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/plan"
)

// Config is everything that can be set, as flags, as REELASTIC_ environment
// variables or in a YAML file. The tags hold names, defaults and help for the
// command line. [Config.Check] checks it before anything starts.
type Config struct {
	Listen    string        `name:"listen" default:"127.0.0.1:8080" help:"Address of API and metrics."`
	Data      string        `name:"data" default:"./data" help:"Folder of everything embedded: database, buckets, scratch, credentials, key."`
	Database  string        `name:"database" help:"postgres://... ; default: SQLite in DATA."`
	NATS      string        `name:"nats" help:"nats://... ; default: in-process."`
	NATSCreds string        `name:"nats-creds" help:"Credentials file for a remote NATS."`
	Replicas  int           `name:"nats-replicas" default:"1" enum:"1,3,5" help:"Servers of a NATS cluster that keep each message: 1, 3 or 5."`
	Storage   string        `name:"storage" help:"Folder that holds the buckets, or s3://?endpoint=URL&region=NAME; default: DATA/buckets."`
	Workers   int           `name:"workers" default:"-1" help:"Jobs encoded at the same time; 0: API only; -1: one per core pair."`
	Region    string        `name:"region" default:"us-east-1" help:"Region in ARNs."`
	Account   string        `name:"account" default:"000000000000" help:"Account in ARNs, 12 digits."`
	STS       string        `name:"sts-endpoint" help:"STS that grants the roles of pipelines: aws for Amazon's own, or an address; default: every role is granted."`
	Roles     string        `name:"roles" help:"File with the credentials of roles, in place of STS."`
	KMS       string        `name:"kms-endpoint" help:"KMS with the keys of pipelines: aws for Amazon's own, or an address; default: keys under the installation key."`
	Scratch   string        `name:"scratch" help:"Folder for work in progress; default: DATA/scratch."`
	PublicURL string        `name:"public-url" help:"Outer address, as told to clients at start; default: from --listen."`
	TLSCert   string        `name:"tls-cert" help:"Certificate file (PEM); with --tls-key."`
	TLSKey    string        `name:"tls-key" help:"Key file (PEM); with --tls-cert."`
	AckWait   time.Duration `name:"ack-wait" default:"15s" help:"How long a worker may be silent before its task passes on."`
	Attempts  int           `name:"max-attempts" default:"5" help:"Attempts at a job before it ends with 9999."`
	Grace     time.Duration `name:"grace" default:"30s" help:"How long running jobs may go on after SIGTERM."`
	FFmpeg    string        `name:"ffmpeg" default:"ffmpeg" help:"ffmpeg program; ffprobe is looked for beside it."`
	Speed     string        `name:"speed" default:"veryfast" enum:"ultrafast,superfast,veryfast,faster,fast,medium,slow,slower,veryslow" help:"Encoder speed: x264's preset name."`
	// The limits of inputs; 0 is no limit.
	MaxBytes    int64         `name:"max-input-bytes" default:"549755813888" help:"Largest input file in bytes; 0: any."`
	MaxPixels   int64         `name:"max-input-pixels" default:"35389440" help:"Largest picture of an input, width times height; at most the default, 8192 x 4320."`
	MaxStreams  int           `name:"max-input-streams" default:"128" help:"Most streams of an input; 0: any number."`
	MaxDuration time.Duration `name:"max-input-duration" default:"48h" help:"Longest input; 0: any."`
	AAC         bool          `name:"aac-fallback" help:"Encode AAC-LC, and say so, where a preset asks for HE-AAC and no encoder for it is installed."`
	Sandbox     string        `name:"sandbox" default:"prefer" enum:"require,prefer,off" help:"Confine ffmpeg: require, prefer, off."`
	// Notifications.
	SNS          string        `name:"sns" help:"Publish notifications to Amazon SNS, too: aws, or the address of an endpoint; default: no."`
	Networks     string        `name:"subscriber-networks" help:"Networks (CIDR, separated by commas) that are not public and that subscribers may be in; default: none."`
	DeliveryTime time.Duration `name:"delivery-time" default:"24h" help:"How long a notification is tried before it is a dead letter."`
	Metrics      string        `name:"metrics-listen" help:"Address for /metrics without the loopback restriction; default: none."`
	LogFormat    string        `name:"log-format" default:"text" enum:"text,json" help:"text or json."`
	Pipelines    int           `name:"max-pipelines" default:"0" help:"Quota of pipelines; 0: none."`
	Presets      int           `name:"max-presets" default:"0" help:"Quota of custom presets; 0: none."`
	QueuedJobs   int           `name:"max-queued-jobs" default:"0" help:"Quota of waiting jobs per pipeline; 0: none."`
	RunJobs      int           `name:"max-jobs-per-pipeline" default:"0" help:"Jobs of one pipeline that run at the same time; 0: no limit."`
}

// complete fills the defaults that depend on other members or on the machine.
func (c Config) complete() Config {
	if c.Storage == "" {
		c.Storage = bucketsIn(c.Data)
	}
	if c.Scratch == "" {
		c.Scratch = filepath.Join(c.Data, "scratch")
	}
	if c.Workers < 0 {
		c.Workers = max(1, runtime.NumCPU()/2)
	}
	if c.PublicURL == "" {
		scheme := "http"
		if c.TLSCert != "" {
			scheme = "https"
		}
		c.PublicURL = scheme + "://" + c.Listen
	}
	return c
}

// bucketsIn is the folder of the buckets in a data folder.
func bucketsIn(data string) string { return filepath.Join(data, "buckets") }

// threads is how many threads one job's encoding may use, so that all slots
// together fit the cores.
func (c Config) threads() int {
	return max(1, runtime.NumCPU()/max(1, c.Workers))
}

var accountID = regexp.MustCompile(`^\d{12}$`)

// Check returns one error that names every setting which can't work.
func (c Config) Check() error {
	var bad []error
	refuse := func(flag, value, why string) {
		bad = append(bad, fmt.Errorf("--%s %q: %s", flag, value, why))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		refuse("listen", c.Listen, "not an address of the form HOST:PORT")
	}
	if c.Metrics != "" {
		if _, _, err := net.SplitHostPort(c.Metrics); err != nil {
			refuse("metrics-listen", c.Metrics, "not an address of the form HOST:PORT")
		}
	}
	if c.Database != "" && !hasScheme(c.Database, "postgres", "postgresql") {
		refuse("database", redactURL(c.Database), "neither empty (SQLite) nor postgres://...")
	}
	if c.NATS != "" && !hasScheme(c.NATS, "nats", "tls") {
		refuse("nats", redactURL(c.NATS), "neither empty (in-process) nor nats://...")
	}
	if c.NATSCreds != "" && c.NATS == "" {
		refuse("nats-creds", c.NATSCreds, "goes with --nats")
	}
	if strings.Contains(c.Storage, "://") {
		if _, err := s3.ParseConfig(c.Storage, c.Region); err != nil {
			refuse("storage", redactURL(c.Storage), err.Error())
		}
	}
	if c.PublicURL != "" && !isAddress(c.PublicURL) {
		refuse("public-url", redactURL(c.PublicURL), "not an address of the form https://HOST")
	}
	if c.STS != "" && !isService(c.STS) {
		refuse("sts-endpoint", redactURL(c.STS), "neither aws nor an address of the form https://HOST")
	}
	if c.KMS != "" && !isService(c.KMS) {
		refuse("kms-endpoint", redactURL(c.KMS), "neither aws nor an address of the form https://HOST")
	}
	if c.STS != "" && c.Roles != "" {
		refuse("roles", c.Roles, "--roles takes the place of --sts-endpoint")
	}
	if !accountID.MatchString(c.Account) {
		refuse("account", c.Account, "not 12 digits")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		refuse("tls-cert", c.TLSCert, "--tls-cert and --tls-key go together")
	}
	if c.AckWait < time.Second {
		refuse("ack-wait", c.AckWait.String(), "at least 1s")
	}
	if c.Grace < 0 {
		refuse("grace", c.Grace.String(), "not below 0s")
	}
	for flag, n := range map[string]int{"max-pipelines": c.Pipelines, "max-presets": c.Presets,
		"max-queued-jobs": c.QueuedJobs, "max-jobs-per-pipeline": c.RunJobs} {
		if n < 0 {
			refuse(flag, fmt.Sprint(n), "not below 0")
		}
	}
	for flag, n := range map[string]int64{"max-input-bytes": c.MaxBytes, "max-input-streams": int64(c.MaxStreams)} {
		if n < 0 {
			refuse(flag, fmt.Sprint(n), "not below 0")
		}
	}
	if c.MaxPixels < 1 || c.MaxPixels > plan.MaxPixels {
		refuse("max-input-pixels", fmt.Sprint(c.MaxPixels), fmt.Sprintf("from 1 to %d", plan.MaxPixels))
	}
	if c.MaxDuration < 0 {
		refuse("max-input-duration", c.MaxDuration.String(), "not below 0s")
	}
	if c.SNS != "" && c.SNS != "aws" && !hasScheme(c.SNS, "http", "https") {
		refuse("sns", redactURL(c.SNS), "neither empty, aws, nor http(s)://...")
	}
	if _, err := c.networks(); err != nil {
		refuse("subscriber-networks", c.Networks, err.Error())
	}
	if c.DeliveryTime < time.Second {
		refuse("delivery-time", c.DeliveryTime.String(), "at least 1s")
	}
	if c.Attempts < 1 {
		refuse("max-attempts", fmt.Sprint(c.Attempts), "at least 1")
	}
	slices.SortFunc(bad, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(bad...)
}

// networks are those that subscribers may be in although they are not public.
func (c Config) networks() (all []netip.Prefix, err error) {
	for text := range strings.SplitSeq(c.Networks, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network such as 10.0.0.0/8", text)
		}
		all = append(all, network)
	}
	return all, nil
}

// CheckFleet is [Config.Check] for a worker of its own, which can't share
// what belongs to one process.
func (c Config) CheckFleet() error {
	bad := []error{c.Check()}
	if c.Database == "" {
		bad = append(bad, errors.New("a worker of its own needs --database postgres://...: SQLite belongs to one process"))
	}
	if c.NATS == "" {
		bad = append(bad, errors.New("a worker of its own needs --nats nats://...: the in-process engine belongs to one process"))
	}
	if c.Workers == 0 {
		bad = append(bad, errors.New("--workers 0: a worker without a slot has nothing to do"))
	}
	return errors.Join(bad...)
}

// Redacted is the complete configuration without passwords, for printing.
func (c Config) Redacted() Config {
	c = c.complete()
	for _, address := range []*string{&c.Database, &c.NATS, &c.SNS, &c.STS, &c.KMS, &c.PublicURL} {
		*address = redactURL(*address)
	}
	if strings.Contains(c.Storage, "://") {
		if _, err := s3.ParseConfig(c.Storage, c.Region); err != nil { // else it holds no secret
			c.Storage = redactURL(c.Storage)
		}
	}
	return c
}

func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(unreadable address)"
	}
	if u.RawQuery != "" {
		u.RawQuery = "..."
	}
	return u.Redacted()
}

// amazon is Amazon's own service, where an address could stand.
const amazon = "aws"

// isService tells Amazon's own service and the address of another one.
func isService(s string) bool { return s == amazon || isAddress(s) }

// isAddress tells the address of a server.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && hasScheme(s, "http", "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
}

func hasScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme)
}

// Logger writes to w in the configured form.
func (c Config) Logger(w io.Writer) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
