package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// ownProfile is the section of the credentials file that is ours.
const ownProfile = "default"

// accessKeyForm is what an access key id may be, so that it fits into the
// credential scope of a signature.
var accessKeyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{4,128}$`)

// FirstCaller is the name of whose credentials the first start makes.
const FirstCaller = "first"

// Ensure makes sure that somebody can sign requests: at the first start it draws
// credentials and writes them to path, an AWS shared credentials file (mode
// 0600, profile default, with the region); later it takes those in the file. In
// both cases the store has them afterwards, and who is new may do everything. It
// reports whether the file is new. The error wraps [transcode.ErrRevoked] when the
// access key in the file has ended: it is not brought back.
func (c *Credentials) Ensure(ctx context.Context, path, region string) (created bool, err error) {
	credentials, created, err := firstCredentials(path, region)
	if err != nil {
		return false, fmt.Errorf("first credentials: %w", err)
	}
	if err := c.ensure(ctx, credentials); err != nil {
		return false, fmt.Errorf("first credentials: %s: %w", path, err)
	}
	return created, nil
}

func (c *Credentials) ensure(ctx context.Context, credentials sigv4.Credentials) error {
	known, err := c.read(ctx, credentials.AccessKeyID)
	switch {
	case notKnown(err):
		known = AccessKey{Caller: policy.Caller{Name: FirstCaller, Policy: policy.All()}, Created: c.now()}
	case err != nil:
		return err
	case known.ended(c.now()):
		return transcode.ErrRevoked
	case known.Caller.Name == known.AccessKeyID: // of a release without names
		known.Caller.Name = FirstCaller
	case known.Credentials == credentials:
		return nil
	}
	known.Credentials = credentials // whoever edits the file may choose another secret
	return c.put(ctx, known)
}

// firstCredentials reads the credentials file, or writes a new one.
func firstCredentials(path, region string) (credentials sigv4.Credentials, created bool, err error) {
	drawn := draw()
	switch err = createFile(path, CredentialsFile(drawn, region)); {
	case err == nil:
		return drawn, true, nil
	case !errors.Is(err, fs.ErrExist):
		return sigv4.Credentials{}, false, err
	}
	content, err := readPrivate(path)
	if err != nil {
		return sigv4.Credentials{}, false, err
	}
	if credentials, err = ParseFile(content, ownProfile); err != nil {
		return sigv4.Credentials{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return credentials, false, nil
}

// draw makes credentials in the form of Amazon's, which clients check: an id of AK and
// 18 capitals or digits, a secret of 40 characters. Amazon's own ids begin with AKIA, so
// that none is taken for one, by people or scanners.
func draw() sigv4.Credentials {
	var secret [30]byte
	rand.Read(secret[:]) // never fails
	return sigv4.Credentials{
		AccessKeyID:     "AKRL" + rand.Text()[:16],
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret[:]),
	}
}

// CredentialsFile is the text of an AWS shared credentials file with the profile default.
func CredentialsFile(c sigv4.Credentials, region string) []byte {
	return fmt.Appendf(nil, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n",
		ownProfile, c.AccessKeyID, c.SecretAccessKey, region)
}

// ParseFile takes a profile from the text of an AWS shared credentials file.
func ParseFile(content []byte, profile string) (sigv4.Credentials, error) {
	var c sigv4.Credentials
	section := ""
	for line := range bytes.Lines(content) {
		text := strings.TrimSpace(string(line))
		if name, ok := strings.CutPrefix(text, "["); ok {
			section = strings.TrimSpace(strings.TrimSuffix(name, "]"))
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		if !ok || section != profile || text[0] == '#' || text[0] == ';' {
			continue
		}
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(name)) {
		case "aws_access_key_id":
			c.AccessKeyID = value
		case "aws_secret_access_key":
			c.SecretAccessKey = value
		case "aws_session_token":
			c.SessionToken = value
		}
	}
	if !accessKeyForm.MatchString(c.AccessKeyID) || c.SecretAccessKey == "" {
		return sigv4.Credentials{}, fmt.Errorf("the profile %s has no usable aws_access_key_id and "+
			"aws_secret_access_key; correct the file, or remove it to get new ones", profile)
	}
	return c, nil
}
