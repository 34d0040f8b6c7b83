package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// defaults is the configuration of a command line without flags, in a folder of the
// test's own.
func defaults(t *testing.T) Config {
	t.Helper()
	var c Config
	parser, err := kong.New(&c, kong.Vars(Vars()), kong.Exit(func(int) { t.Fatal("the parser ended the program") }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--data=" + t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestChecks breaks one setting of one group after another: the error names the flag
// and quotes the value. Values that are allowed are there to show where the bounds are.
func TestChecks(t *testing.T) {
	t.Parallel()
	for name, cases := range map[string][]struct {
		set  func(*Config)
		want string // "" for none
	}{
		"installation": {
			{func(c *Config) { c.Installation.Account = "123456789012" }, ""},
			{func(c *Config) { c.Installation.Account = "12" }, `--account "12": must be 12 digits`},
			{func(c *Config) { c.Installation.Account = "12345678901x" },
				`--account "12345678901x": must be 12 digits`},
		},
		"server": {
			{func(c *Config) { c.Server.Listen = "[::1]:0" }, ""},
			{func(c *Config) { c.Server.Listen = "nowhere" },
				`--listen "nowhere": must be an address of the form HOST:PORT`},
			{func(c *Config) { c.Server.PublicURL = "https://films.example" }, ""},
			{func(c *Config) { c.Server.PublicURL = "films.example" },
				`--public-url "films.example": must be an address of the form https://HOST`},
			{func(c *Config) { c.Server.PublicURL = "https://me:hidden@films.example/?a=b" },
				`--public-url "https://me:xxxxx@films.example/?...": must be an address of the form https://HOST`},
			{func(c *Config) { c.Server.TLSCert, c.Server.TLSKey = "cert", "key" }, ""},
			{func(c *Config) { c.Server.TLSCert = "cert" },
				`--tls-cert "cert": --tls-cert and --tls-key must be given together`},
			{func(c *Config) { c.Server.TLSKey = "key" },
				`--tls-cert "": --tls-cert and --tls-key must be given together`},
			{func(c *Config) { c.Server.Conns = 0 }, `--max-connections "0": must be at least 1`},
			{func(c *Config) { c.Server.ConnsPerSource = 0 }, `--max-connections-per-address "0": must be at least 1`},
			{func(c *Config) { c.Server.Pipelines = -1 }, `--max-pipelines "-1": must be 0 or more`},
			{func(c *Config) { c.Server.Presets = -2 }, `--max-presets "-2": must be 0 or more`},
			{func(c *Config) { c.Server.QueuedJobs = -3 }, `--max-queued-jobs "-3": must be 0 or more`},
		},
		"monitoring": {
			{func(c *Config) { c.Monitoring.Metrics = "0.0.0.0:9100" }, ""},
			{func(c *Config) { c.Monitoring.Metrics = "unix:/run/reelastic/metrics" }, ""},
			{func(c *Config) { c.Monitoring.Metrics = "unix:" }, `--metrics-listen "unix:": must be of the form unix:PATH`},
			{func(c *Config) { c.Monitoring.Metrics = "9100" },
				`--metrics-listen "9100": must be an address of the form HOST:PORT`},
		},
		"database": {
			{func(c *Config) { c.Database.URL = "postgresql://db/reelastic?sslmode=require" }, ""},
			{func(c *Config) { c.Database.URL = "mysql://me:hidden@db" },
				`--database "mysql://me:xxxxx@db": must be empty (SQLite) or postgres://...`},
		},
		"queue": {
			{func(c *Config) { c.Queue.URL, c.Queue.Creds = "tls://nats:4222", "creds" }, ""},
			{func(c *Config) { c.Queue.Cert, c.Queue.Key = "cert", "key" }, "--nats-cert \"cert\": needs --nats\n" +
				`--nats-key "key": needs --nats`},
			{func(c *Config) { c.Queue.URL, c.Queue.Key = "tls://nats:4222", "key" },
				`--nats-cert "": --nats-cert and --nats-key must be given together`},
			{func(c *Config) { c.Queue.URL = "amqp://me:hidden@queue" },
				`--nats "amqp://me:xxxxx@queue": must be empty (in-process) or nats://...`},
			{func(c *Config) { c.Queue.Creds = "creds" }, `--nats-creds "creds": needs --nats`},
			{func(c *Config) { c.Queue.AckWait = time.Second }, ""},
			{func(c *Config) { c.Queue.AckWait = 999 * time.Millisecond }, `--ack-wait "999ms": must be at least 1s`},
			{func(c *Config) { c.Queue.RunningJobs = -1 }, `--max-jobs-per-pipeline "-1": must be 0 or more`},
		},
		"storage": {
			{func(c *Config) { c.Storage.Storage = "/srv/buckets" }, ""},
			{func(c *Config) { c.Storage.Storage = "s3://?endpoint=https://s3:9000&region=eu-west-1" }, ""},
			{func(c *Config) { c.Storage.Storage = "gs://films" },
				`--storage "gs://films": must be of the form s3://?endpoint=URL&region=NAME`},
			{func(c *Config) { c.Storage.Storage = "s3://me:hidden@" }, `--storage "s3://me:xxxxx@": ` +
				`credentials must not stand here: give them in the environment, as to every AWS client`},
		},
		"access": {
			{func(c *Config) { c.Access.STS, c.Access.KMS = "aws", "https://kms:8080" }, ""},
			{func(c *Config) { c.Access.STS = "amazon" },
				`--sts-endpoint "amazon": must be aws, or an address of the form https://HOST`},
			{func(c *Config) { c.Access.KMS = "ftp://kms" },
				`--kms-endpoint "ftp://kms": must be aws, or an address of the form https://HOST`},
			{func(c *Config) { c.Access.STS, c.Access.Roles = "aws", "roles" },
				`--roles "roles": --roles and --sts-endpoint are mutually exclusive`},
		},
		"worker": {
			{func(c *Config) { c.Worker.Workers, c.Worker.Grace = 0, 0 }, ""},
			{func(c *Config) { c.Worker.Attempts = 0 }, `--max-attempts "0": must be at least 1`},
			{func(c *Config) { c.Worker.Grace = -time.Second }, `--grace "-1s": must be 0s or more`},
		},
		"ffmpeg": {
			{func(c *Config) { c.FFmpeg.StepMemory = 0 }, `--max-step-memory "0": must be at least 1`},
			{func(c *Config) { c.FFmpeg.StepStall = 0 }, `--max-step-stall "0s": must be at least 1s`},
			{func(c *Config) { c.FFmpeg.StepResults = -1 }, `--max-step-results "-1": must be at least 1`},
		},
		"inputs": {
			{func(c *Config) { c.Inputs = InputConfig{MaxPixels: 1} }, ""},
			{func(c *Config) { c.Inputs.MaxBytes = -1 }, `--max-input-bytes "-1": must be 0 or more`},
			{func(c *Config) { c.Inputs.MaxPixels = 0 }, `--max-input-pixels "0": must be from 1 to 35389440`},
			{func(c *Config) { c.Inputs.MaxPixels++ }, `--max-input-pixels "35389441": must be from 1 to 35389440`},
			{func(c *Config) { c.Inputs.MaxStreams = -1 }, `--max-input-streams "-1": must be 0 or more`},
			{func(c *Config) { c.Inputs.MaxDuration = -1 }, `--max-input-duration "-1ns": must be 0s or more`},
		},
		"notifications": {
			{func(c *Config) { c.Notifications.SNS, c.Notifications.Networks = "aws", " 10.0.0.0/8, ::1/128," }, ""},
			{func(c *Config) { c.Notifications.SNS = "sns" }, `--sns "sns": must be empty, aws, or http(s)://...`},
			{func(c *Config) { c.Notifications.Networks = "10.0.0.0" },
				`--subscriber-networks "10.0.0.0": "10.0.0.0" must be a network such as 10.0.0.0/8`},
			{func(c *Config) { c.Notifications.Time = 0 }, `--delivery-time "0s": must be at least 1s`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				cfg := defaults(t)
				c.set(&cfg)
				if got := text(cfg.Check()); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}

// TestEncodingLimits tells callers of the limits of a worker; null is no limit.
func TestEncodingLimits(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	c.Worker.Workers = 3
	want := v1.EncodingLimits{
		Jobs: 3, Attempts: 5,
		InputBytes: new(int64(512 << 30)), InputPixels: 8192 * 4320, InputStreams: new(128),
		InputSeconds:    new(float64(48 * 60 * 60)),
		StepMemoryBytes: 8 << 30, StepStallSeconds: 120, StepResultBytes: 1 << 30,
	}
	if diff := cmp.Diff(&want, c.encodingLimits()); diff != "" {
		t.Errorf("by default (-want +got):\n%s", diff)
	}
	c.Inputs = InputConfig{MaxPixels: 1}
	want.InputBytes, want.InputPixels, want.InputStreams, want.InputSeconds = nil, 1, nil, nil
	if diff := cmp.Diff(&want, c.encodingLimits()); diff != "" {
		t.Errorf("without limits of inputs (-want +got):\n%s", diff)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheckNamesAllAtOnce(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	c.Installation.Account, c.Queue.AckWait, c.Notifications.SNS = "1", 0, "x"
	got := text(c.Check())
	for _, flag := range []string{"--account", "--ack-wait", "--sns"} {
		if strings.Count(got, flag+" ") != 1 {
			t.Errorf("got %q, want one line for %s", got, flag)
		}
	}
}

// TestFleetSharesNothingEmbedded refuses what belongs to one process for a worker of
// its own.
func TestFleetSharesNothingEmbedded(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	c.Worker.Workers = 0
	want := "reelastic worker needs --database postgres://...: only one process can use SQLite\n" +
		"reelastic worker needs --nats nats://...: other processes can't reach the in-process queue\n" +
		"--workers 0 is not valid: reelastic worker must run at least one job"
	if diff := cmp.Diff(want, text(c.CheckFleet())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c.Worker.Workers, c.Database.URL, c.Queue.URL = 1, "postgres://db/reelastic?sslmode=verify-full", "tls://nats"
	if err := c.CheckFleet(); err != nil {
		t.Error(err)
	}
}

// TestDefaultsFollowOtherSettings completes what depends on other settings, and
// leaves what is set.
func TestDefaultsFollowOtherSettings(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	c.Installation.Data = "data"
	got := c.complete()
	if got.Storage.Storage != "data/buckets" || got.Worker.Scratch != "data/scratch" {
		t.Errorf("got %+v, %+v", got.Storage, got.Worker)
	}
	if got.Server.PublicURL != "http://127.0.0.1:8080" || got.Worker.Workers < 1 {
		t.Errorf("got %+v, %+v", got.Server, got.Worker)
	}
	c.Server.TLSCert, c.Worker.Workers = "cert", 0
	c.Storage.Storage, c.Worker.Scratch = "/srv/buckets", "/srv/scratch"
	got = c.complete()
	if got.Server.PublicURL != "https://127.0.0.1:8080" || got.Worker.Workers != 0 {
		t.Errorf("got %+v, %+v", got.Server, got.Worker)
	}
	if got.Storage.Storage != "/srv/buckets" || got.Worker.Scratch != "/srv/scratch" {
		t.Errorf("got %+v, %+v", got.Storage, got.Worker)
	}
}

// TestSettingsHideSecrets prints every setting once, and no password.
func TestSettingsHideSecrets(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	c.Database.URL = "postgres://me:hidden@db/reelastic?password=hidden"
	c.Queue.URL = "nats://me:hidden@nats:4222"
	c.Server.PublicURL = "https://me:hidden@films.example"
	c.Access.STS, c.Access.KMS = "https://me:hidden@sts", "https://me:hidden@kms"
	c.Notifications.SNS = "https://me:hidden@sns"
	c.Storage.Storage = "s3://me:hidden@"
	seen := map[string]string{}
	for _, s := range c.Settings() {
		if _, twice := seen[s.Name]; twice || s.Name == "" {
			t.Errorf("%q is printed twice, or has no name", s.Name)
		}
		if strings.Contains(s.Value, "hidden") {
			t.Errorf("%s: %s", s.Name, s.Value)
		}
		seen[s.Name] = s.Value
	}
	for name, want := range map[string]string{
		"database": "postgres://me:xxxxx@db/reelastic?...",
		"nats":     "nats://me:xxxxx@nats:4222",
		"storage":  "s3://me:xxxxx@",
		"speed":    "veryfast",
	} {
		if seen[name] != want {
			t.Errorf("%s: got %q, want %q", name, seen[name], want)
		}
	}
	c.Storage.Storage = "s3://?endpoint=http://s3:9000"
	if !slices.Contains(c.Settings(), Setting{"storage", c.Storage.Storage}) {
		t.Error("an address of S3 that holds no secret is not printed as it is")
	}
}

// TestPublicURL tells clients the port that was drawn, where the address asks for any.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ listen, public, want string }{
		{"127.0.0.1:0", "", "http://127.0.0.1:4242"},
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080"},
		{"127.0.0.1:0", "https://films.example", "https://films.example"},
	} {
		cfg := Config{Server: ServerConfig{Listen: c.listen, PublicURL: c.public}}.complete()
		if got := cfg.Server.publicURL(address("127.0.0.1:4242")); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.listen, c.public, got, c.want)
		}
	}
}

// address is that of a listener.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
