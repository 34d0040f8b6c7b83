package s3_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore/objtest"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/objstore/s3test"
	"github.com/reelastic/reelastic/internal/transcode"
)

// user gives every role the credentials of an account.
type user struct {
	keys
	account s3test.Account
}

func (u user) Credentials(context.Context, string) (transcode.RoleCredentials, error) {
	return transcode.RoleCredentials{AccessKeyID: u.account.AccessKeyID, SecretAccessKey: s3test.SecretAccessKey}, nil
}

// openSwift opens the store as an account sees it.
func openSwift(t *testing.T, swift *s3test.Swift, account s3test.Account) *s3.Store {
	t.Helper()
	cfg := s3.Config{Place: s3.Place{Region: s3test.Region, Endpoint: swift.Endpoint}, PathStyle: true}
	return openAs(t, cfg, user{account: account}, &uploads{})
}

// TestSwift runs the contract, with keys of every form, on a server that keeps them as
// they are; then it reads grants back.
func TestSwift(t *testing.T) {
	t.Parallel()
	swift, contract := s3test.StartSwift(t), objtest.RunKeys
	if os.Getenv("REELASTIC_SOAK") != "" {
		contract = objtest.Run
	}
	t.Run("contract", func(t *testing.T) {
		t.Parallel()
		contract(t, func(t *testing.T) objtest.Store {
			account := swift.Account()
			account.Bucket(t, objtest.In)
			account.Bucket(t, objtest.Out)
			return openSwift(t, swift, account)
		})
	})
	t.Run("grants", func(t *testing.T) {
		t.Parallel()
		grants(t, swift)
	})
}

// grants writes objects with grants, and reads which ones the server keeps.
func grants(t *testing.T, swift *s3test.Swift) {
	account := swift.Account()
	friend := account.Guest()
	account.Bucket(t, objtest.Out)
	store := openSwift(t, swift, account)
	for key, c := range map[string]struct {
		size   int
		grants []object.Grant
		want   []string
	}{
		"none": {10, nil, []string{account.AccessKeyID + " FULL_CONTROL"}},
		"parts": {17 << 20, []object.Grant{{Type: "Group", Grantee: "AllUsers", Access: []string{"Read"}}},
			[]string{"AllUsers READ"}},
		"some": {10, []object.Grant{
			{Type: "Group", Grantee: "AllUsers", Access: []string{"Read"}},
			{Type: "Group", Grantee: "AuthenticatedUsers", Access: []string{"ReadAcp", "WriteAcp"}},
			{Type: "Canonical", Grantee: friend.AccessKeyID, Access: []string{"FullControl"}},
			{Type: "Canonical", Grantee: account.AccessKeyID, Access: []string{"ReadAcp"}},
		}, []string{"AllUsers READ", "AuthenticatedUsers READ_ACP", "AuthenticatedUsers WRITE_ACP",
			account.AccessKeyID + " READ_ACP", friend.AccessKeyID + " FULL_CONTROL"}},
	} {
		opts := by("job/1")
		opts.Storage.Grants = c.grants
		if err := store.Put(t.Context(), objtest.Out, key, sized(t, c.size), opts); err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		got := account.Grants(t, objtest.Out, key)
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the grants are %q, want %q", key, got, c.want)
		}
	}
	// Swift knows nobody by an address.
	opts := by("job/1")
	opts.Storage.Grants = []object.Grant{{Type: "Email", Grantee: "a@example.com", Access: []string{"Read"}}}
	wantProblem(t, store.Put(t.Context(), objtest.Out, "mail", sized(t, 10), opts), object.Refused)
	// What is granted may be done, and nothing else.
	guest, fetched := openSwift(t, swift, friend), filepath.Join(t.TempDir(), "fetched")
	if _, err := guest.Fetch(t.Context(), objtest.Out, "some", fetched); err != nil {
		t.Error(err)
	}
	_, err := guest.Fetch(t.Context(), objtest.Out, "none", fetched+"2")
	wantProblem(t, err, object.MayNotRead)
	wantProblem(t, guest.Put(t.Context(), objtest.Out, "foreign", sized(t, 10), by("job/1")), object.MayNotWrite)
}
