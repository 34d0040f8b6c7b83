package app

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Config is everything that can be set, as flags, as REELASTIC_ environment
// variables or in a YAML file, in groups by the service that it is for. The tags
// hold names, defaults and help for the command line, which takes [Vars], too.
// [Config.Check] checks it before anything starts.
type Config struct {
	Installation  InstallationConfig `embed:"" group:"Installation:"`
	Server        ServerConfig       `embed:"" group:"Server:"`
	Transport     TransportConfig    `embed:"" group:"Server:"`
	Monitoring    MonitoringConfig   `embed:"" group:"Monitoring:"`
	Database      DatabaseConfig     `embed:"" group:"Database:"`
	Queue         QueueConfig        `embed:"" group:"Queue:"`
	Storage       StorageConfig      `embed:"" group:"Storage:"`
	Access        AccessConfig       `embed:"" group:"Roles and keys:"`
	Worker        WorkerConfig       `embed:"" group:"Workers:"`
	FFmpeg        FFmpegConfig       `embed:"" group:"ffmpeg:"`
	Inputs        InputConfig        `embed:"" group:"Inputs:"`
	Notifications NotificationConfig `embed:"" group:"Notifications:"`
}

// Vars are what tags of the configuration refer to by name.
func Vars() map[string]string {
	return map[string]string{"speeds": strings.Join(transcode.Speeds, ",")}
}

// InstallationConfig is what all services of an installation share.
type InstallationConfig struct {
	Data    string `name:"data" default:"./data" help:"Data folder: database, buckets, credentials and key."`
	Region  string `name:"region" default:"us-east-1" help:"Region in ARNs."`
	Account string `name:"account" default:"000000000000" help:"Account in ARNs, 12 digits."`
}

var accountID = regexp.MustCompile(`^\d{12}$`)

func (c InstallationConfig) check(r *refusals) {
	if !accountID.MatchString(c.Account) {
		r.refuse("account", c.Account, "must be 12 digits")
	}
}

// complete fills the defaults that depend on other members or on the machine.
func (c Config) complete() Config {
	c.Storage.Storage = cmp.Or(c.Storage.Storage, filepath.Join(c.Installation.Data, "buckets"))
	c.Worker.Scratch = cmp.Or(c.Worker.Scratch, filepath.Join(c.Installation.Data, "scratch"))
	c.Monitoring.Audit = cmp.Or(c.Monitoring.Audit, filepath.Join(c.Installation.Data, "audit.log"))
	c.Server.PublicURL = cmp.Or(c.Server.PublicURL, c.Server.ownURL())
	if c.Worker.Workers < 0 {
		c.Worker.Workers = max(1, runtime.NumCPU()/2)
	}
	return c
}

// Check returns one error that names every setting which can't work.
func (c Config) Check() error {
	var r refusals
	c.check(&r)
	return errors.Join(r...)
}

func (c Config) check(r *refusals) {
	c.Installation.check(r)
	c.Server.check(r)
	c.Monitoring.check(r)
	c.Database.check(r)
	c.Queue.check(r)
	c.Storage.check(r, c.Installation.Region)
	c.Access.check(r)
	c.Worker.check(r)
	c.FFmpeg.check(r)
	c.Inputs.check(r)
	c.Notifications.check(r)
	c.checkTransport(r)
}

// CheckFleet is [Config.Check] for a worker of its own, which can't share
// what belongs to one process.
func (c Config) CheckFleet() error {
	var r refusals
	c.check(&r)
	if c.Database.URL == "" {
		r.add("reelastic worker needs --database postgres://...: only one process can use SQLite")
	}
	if c.Queue.URL == "" {
		r.add("reelastic worker needs --nats nats://...: other processes can't reach the in-process queue")
	}
	if c.Worker.Workers == 0 {
		r.add("--workers 0 is not valid: reelastic worker must run at least one job")
	}
	return errors.Join(r...)
}

// Setting is one setting: its name on the command line and in the file, and its
// value as text.
type Setting struct{ Name, Value string }

// Settings are the complete configuration without passwords, for printing.
func (c Config) Settings() []Setting {
	c = c.complete().redacted()
	var all []Setting
	for _, group := range reflect.ValueOf(c).Fields() {
		for member, value := range group.Fields() {
			all = append(all, Setting{member.Tag.Get("name"), fmt.Sprint(value.Interface())})
		}
	}
	return all
}

// redacted is the configuration without passwords.
func (c Config) redacted() Config {
	c.Queue.URL = c.Queue.redacted()
	addresses := []*string{&c.Database.URL, &c.Server.PublicURL,
		&c.Access.STS, &c.Access.KMS, &c.Notifications.SNS}
	for _, address := range addresses {
		*address = redactURL(*address)
	}
	c.Storage = c.Storage.redacted(c.Installation.Region)
	return c
}

// Refusal is a setting that can't work.
type Refusal struct {
	// Setting is the name of the flag, without dashes.
	Setting string
	// Value is what it was set to, without passwords.
	Value string
	// Why says what it must be.
	Why string
}

// Error names the flag and quotes the value.
func (r *Refusal) Error() string { return fmt.Sprintf("--%s %q: %s", r.Setting, r.Value, r.Why) }

// refusals are settings that can't work: a [Refusal] for each that is wrong by itself.
type refusals []error

func (r *refusals) add(text string) { *r = append(*r, errors.New(text)) }

func (r *refusals) refuse(flag string, value any, why string) {
	*r = append(*r, &Refusal{flag, fmt.Sprint(value), why})
}

// negative refuses numbers below 0.
func (r *refusals) negative(flag string, n int64) {
	if n < 0 {
		r.refuse(flag, n, "must be 0 or more")
	}
}

// under refuses times below the least one.
func (r *refusals) under(flag string, d, least time.Duration) {
	switch {
	case d >= least:
	case least == 0:
		r.refuse(flag, d, "must be 0s or more")
	default:
		r.refuse(flag, d, "must be at least "+least.String())
	}
}

// amazon is Amazon's own service, where an address could stand.
const amazon = "aws"

// notService refuses what is neither Amazon's own service nor the address of another.
func (r *refusals) notService(flag, s string) {
	if s != "" && s != amazon && !isAddress(s) {
		r.refuse(flag, redactURL(s), "must be aws, or an address of the form https://HOST")
	}
}

// isAddress reports whether a text is the address of a server.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !hasScheme(s, "http", "https") {
		return false
	}
	return u.Host != "" && u.RawQuery == "" && u.Fragment == ""
}

func hasScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme)
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
