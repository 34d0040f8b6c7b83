package transcode

import (
	"slices"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/object"
)

// StorageOf is how a pipeline wants the objects of one of its configs kept, which
// says nothing of encryption.
func StorageOf(c *api.PipelineOutputConfig) object.Storage {
	s := object.Storage{Class: text(c.StorageClass)}
	for _, p := range c.Permissions {
		s.Grants = append(s.Grants, object.Grant{Type: text(p.GranteeType), Grantee: text(p.Grantee),
			Access: slices.Clone(p.Access)})
	}
	return s
}

// ObjectFailure is the refusal of a store as the client reads it (3000 to 3006).
func ObjectFailure(e *object.Error) *Failure {
	switch e.Problem {
	case object.NoBucket:
		return BucketMissing(e.Object.Bucket)
	case object.NoObject:
		return InputMissing(e.Object)
	case object.Exists:
		return OutputExists(e.Object)
	case object.MayNotRead:
		return ReadDenied(e.Object, e.Why)
	case object.MayNotWrite:
		return WriteDenied(e.Object, e.Why)
	case object.KeyElsewhere:
		return KeyNotInRegion(e.Object, e.Why)
	case object.NoRoom:
		return NoRoom(e.Why + " Make room there, and submit the job again; --storage names another folder.")
	}
	return StorageFailed(e.Object, e.Why)
}
