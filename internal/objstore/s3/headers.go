package s3

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/reelastic/reelastic/internal/object"
)

// The API's words for storage classes and for encryption by the store.
const (
	standardClass = "Standard"
	reducedClass  = "ReducedRedundancy"
	byS3          = "s3"
	byKMS         = "s3-aws-kms"
)

func storageClass(class string) types.StorageClass {
	switch class {
	case reducedClass:
		return types.StorageClassReducedRedundancy
	case standardClass:
		return types.StorageClassStandard
	}
	return ""
}

// serverEncryption is the mode and the key of x-amz-server-side-encryption.
func serverEncryption(e object.Encryption) (mode types.ServerSideEncryption, key *string) {
	switch e.Mode {
	case byS3:
		return types.ServerSideEncryptionAes256, nil
	case byKMS:
		if e.KeyARN != "" {
			key = &e.KeyARN
		}
		return types.ServerSideEncryptionAwsKms, key
	}
	return "", nil
}

// keyRegion is the region of a KMS key's ARN; "" for what is no ARN.
func keyRegion(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) >= 6 {
		return parts[3]
	}
	return ""
}

// speaksOfKMS reports whether an error is about the key that was to be used.
func speaksOfKMS(err error) bool {
	return strings.HasPrefix(code(err), "KMS.") || strings.Contains(strings.ToLower(says(err)), "kms") ||
		strings.Contains(says(err), "Invalid arn") // S3's word for a key of another region
}

// aclHeaders are the values of x-amz-grant-...; nil where nobody has the right.
type aclHeaders struct{ read, readACP, writeACP, full *string }

// groups are the URIs of the predefined groups.
var groups = map[string]string{
	"AllUsers":           "http://acs.amazonaws.com/groups/global/AllUsers",
	"AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
	"LogDelivery":        "http://acs.amazonaws.com/groups/s3/LogDelivery",
}

// grantHeaders puts grants into headers. An object that has any has no others.
func grantHeaders(grants []object.Grant) (h aclHeaders, err error) {
	for _, g := range grants {
		to, err := grantee(g)
		if err != nil {
			return h, err
		}
		for _, right := range g.Access {
			header := map[string]**string{"Read": &h.read, "ReadAcp": &h.readACP, "WriteAcp": &h.writeACP,
				"FullControl": &h.full}[right]
			if header == nil {
				//nolint:staticcheck // a sentence of StatusDetail
				return h, fmt.Errorf("Access %q is not supported for objects.", right)
			}
			if *header == nil {
				*header = new(to)
			} else if !strings.Contains(","+**header+",", ","+to+",") {
				*header = new(**header + "," + to) // Swift takes no space
			}
		}
	}
	return h, nil
}

func grantee(g object.Grant) (string, error) {
	if strings.ContainsAny(g.Grantee, "\"\r\n") {
		//nolint:staticcheck // a sentence of StatusDetail
		return "", fmt.Errorf("Grantee %q is not valid: it must have no quotes and line breaks.", g.Grantee)
	}
	switch g.Type {
	case "Canonical":
		return `id="` + g.Grantee + `"`, nil
	case "Email":
		return `emailAddress="` + g.Grantee + `"`, nil
	}
	uri, ok := groups[g.Grantee]
	if g.Type != "Group" || !ok {
		//nolint:staticcheck // a sentence of StatusDetail
		return "", fmt.Errorf("Grantee %q of the type %s is not supported.", g.Grantee, g.Type)
	}
	return `uri="` + uri + `"`, nil
}
