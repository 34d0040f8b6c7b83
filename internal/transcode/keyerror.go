package transcode

// KeyProblem is why a key service refused, by the name of KMS's exception.
type KeyProblem string

// The refusals of a key service.
const (
	NoKey             KeyProblem = "NotFoundException"
	WrongKey          KeyProblem = "IncorrectKeyException"
	InvalidCiphertext KeyProblem = "InvalidCiphertextException"
	KeyUnusable       KeyProblem = "InvalidKeyUsageException"
)

// KeyError is a refusal of a key service.
type KeyError struct {
	Problem KeyProblem
	// Why is a clause without a full stop.
	Why string
}

func (e *KeyError) Error() string { return string(e.Problem) + ": " + e.Why }
