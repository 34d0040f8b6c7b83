package transcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

func TestDifferingMembers(t *testing.T) {
	t.Parallel()
	const grants = `{"Name": "a", "Id": "1", "ContentConfig": {"Bucket": "b", "StorageClass": "Standard", "Permissions": [
		{"Grantee": "x", "GranteeType": "Email", "Access": ["Read", "ReadAcp"]},
		{"Grantee": "y", "GranteeType": "Email", "Access": ["Read"]}]}}`
	for _, c := range []struct {
		change string
		want   []string
	}{
		{`{}`, nil},
		{`{"Id": "2", "Arn": "arn", "OutputBucket": null}`, nil},
		{`{"ContentConfig": {"StorageClass": null, "Permissions": [
			{"Grantee": "y", "GranteeType": "Email", "Access": ["Read"]},
			{"Grantee": "x", "GranteeType": "Email", "Access": ["ReadAcp", "Read"]}]}}`, nil},
		{`{"Name": "b", "ContentConfig": {"StorageClass": "ReducedRedundancy"}}`,
			[]string{"ContentConfig:StorageClass", "Name"}},
		{`{"ContentConfig": {"Permissions": []}}`, []string{"ContentConfig:Permissions"}},
		{`{"Name": null, "Role": "r"}`, []string{"Name", "Role"}},
	} {
		a := edit(t, new(api.Pipeline), grants)
		b := edit(t, edit(t, new(api.Pipeline), grants), c.change)
		got, err := DifferingMembers(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.change, diff)
		}
	}
}
