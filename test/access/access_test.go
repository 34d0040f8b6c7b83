package access

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// python is Debian's, which has Debian's boto3.
const python = "/usr/bin/python3"

// desk is a server with boto3 in front of it.
type desk struct {
	*reelastictest.Server
	boto *reelastictest.Driver
}

func open(t *testing.T, args ...string) *desk {
	t.Helper()
	reelastictest.Need(t, "", python, "-c", "import boto3")
	d := &desk{Server: reelastictest.Start(t, args...)}
	d.boto = reelastictest.StartDriver(t, append(os.Environ(), "ENDPOINT="+d.Endpoint()), python, "driver.py")
	return d
}

// who is an access key.
type who [2]string

// first is who made the installation.
func (d *desk) first() who { return who{d.Credentials().AccessKeyID, d.Credentials().SecretAccessKey} }

type object = map[string]any

// failure is a refusal as boto3 raises it.
type failure struct {
	Class, Code, Message string
	Status               int
}

// ask makes a call as somebody.
func (d *desk) ask(t *testing.T, as who, service, operation string, params object) (object, *failure) {
	t.Helper()
	var said struct {
		Result object
		Error  *failure
	}
	d.boto.Exchange(t, object{"service": service, "operation": operation, "params": params, "key": as}, &said)
	return said.Result, said.Error
}

// must is ask for what has to work.
func (d *desk) must(t *testing.T, as who, service, operation string, params object) object {
	t.Helper()
	result, refused := d.ask(t, as, service, operation, params)
	if refused != nil {
		t.Fatalf("%s %s: %+v", service, operation, refused)
	}
	return result
}

// refused is ask for what has to fail, with a class, a status and a piece of the message.
func (d *desk) refused(t *testing.T, as who, service, operation string, params object, class string, status int,
	want string) {
	t.Helper()
	if got, refused := d.ask(t, as, service, operation, params); refused == nil {
		t.Errorf("%s %s gives %v", service, operation, got)
	} else if refused.Class != class || refused.Status != status || !strings.Contains(refused.Message, want) {
		t.Errorf("%s %s: %+v; want a %s, %d, with %q", service, operation, refused, class, status, want)
	}
}

// command runs "reelastic credentials" as the first caller and returns what it writes.
func (d *desk) command(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), reelastictest.Program(), append([]string{"credentials"}, args...)...)
	cmd.Args = append(cmd.Args, "--data", d.Data, "--endpoint-url", d.Endpoint())
	cmd.Env = []string{}
	var messages bytes.Buffer
	cmd.Stderr = &messages
	written, err := cmd.Output()
	return string(written) + messages.String(), err
}

// create makes a caller with a policy.
func (d *desk) create(t *testing.T, name, policy string) who {
	t.Helper()
	folder := t.TempDir()
	document, file := filepath.Join(folder, "policy.json"), filepath.Join(folder, "credentials")
	if err := os.WriteFile(document, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := d.command(t, "create", name, "--policy", document, "--file", file)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made := readKey(t, file)
	if strings.Contains(out, made[1]) {
		t.Errorf("the secret is shown and written: %s", out)
	}
	return made
}

func readKey(t *testing.T, file string) who {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := identity.ParseFile(text, "default")
	if err != nil {
		t.Fatal(err)
	}
	return who{c.AccessKeyID, c.SecretAccessKey}
}

func TestCallers(t *testing.T) {
	t.Parallel()
	d := open(t, "--workers", "0")
	pipeline := object{"Name": "p", "InputBucket": "in", "OutputBucket": "out",
		"Role": "arn:aws:iam::000000000000:role/r"}
	made := d.must(t, d.first(), "elastictranscoder", "create_pipeline", pipeline)["Pipeline"].(object)
	other := d.must(t, d.first(), "elastictranscoder", "create_pipeline", pipeline)["Pipeline"].(object)
	reader := d.create(t, "reader", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["elastictranscoder:Read*","elastictranscoder:List*"],"Resource":"*"},
		{"Effect":"Deny","Action":"elastictranscoder:ReadPipeline","Resource":"`+other["Arn"].(string)+`"}]}`)
	d.must(t, reader, "elastictranscoder", "list_pipelines", object{})
	d.must(t, reader, "elastictranscoder", "read_pipeline", object{"Id": made["Id"]})
	const user = "User: arn:aws:iam::000000000000:user/reader is not authorized to perform: elastictranscoder:"
	d.refused(t, reader, "elastictranscoder", "read_pipeline", object{"Id": other["Id"]}, "AccessDeniedException", 403,
		user+"ReadPipeline on resource: "+other["Arn"].(string)+" with an explicit deny")
	d.refused(t, reader, "elastictranscoder", "delete_pipeline", object{"Id": made["Id"]}, "AccessDeniedException", 403,
		user+"DeletePipeline on resource: "+made["Arn"].(string))
	d.refused(t, reader, "elastictranscoder", "create_pipeline", pipeline, "AccessDeniedException", 403,
		user+"CreatePipeline on resource: *")

	file := filepath.Join(t.TempDir(), "new")
	if out, err := d.command(t, "rotate", "reader", "--file", file); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.refused(t, reader, "elastictranscoder", "list_pipelines", object{}, "AccessDeniedException", 403,
		"is not known here")
	again := readKey(t, file)
	d.must(t, again, "elastictranscoder", "list_pipelines", object{})
	if out, err := d.command(t, "list"); err != nil || strings.Contains(out, reader[0]) ||
		!strings.Contains(out, again[0]) {
		t.Errorf("%v: %s", err, out)
	}
	d.Terminate(30 * time.Second)
	d.Restart()
	d.must(t, again, "elastictranscoder", "list_pipelines", object{})
	if out, err := d.command(t, "revoke", "--yes", again[0]); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	d.refused(t, again, "elastictranscoder", "list_pipelines", object{}, "AccessDeniedException", 403,
		"is not known here")
	for _, secret := range []string{reader[1], again[1], d.first()[1]} {
		if strings.Contains(d.Log(), secret) {
			t.Error("a secret is in the log")
		}
	}
	for _, secret := range []string{reader[1], again[1]} {
		for _, name := range []string{"reelastic.db", "reelastic.db-wal"} {
			if content, err := os.ReadFile(filepath.Join(d.Data, name)); err == nil &&
				bytes.Contains(content, []byte(secret)) {
				t.Errorf("a secret is in %s", name)
			}
		}
	}
}

func TestKeyService(t *testing.T) {
	t.Parallel()
	d := open(t, "--workers", "0")
	const arn = "arn:aws:kms:us-east-1:000000000000:key/films"
	right := object{"service": "elastictranscoder.amazonaws.com"}
	sealed := d.must(t, d.first(), "kms", "encrypt", object{"KeyId": "films", "Plaintext": "aGVsbG8=",
		"EncryptionContext": right})
	if sealed["KeyId"] != arn || sealed["EncryptionAlgorithm"] != "SYMMETRIC_DEFAULT" {
		t.Errorf("encrypted %v", sealed)
	}
	blob := object{"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": right}
	with := func(members object) object {
		all := maps.Clone(blob)
		maps.Copy(all, members)
		return all
	}
	for _, members := range []object{{}, {"KeyId": arn}, {"KeyId": "films"}} {
		got := d.must(t, d.first(), "kms", "decrypt", with(members))
		if got["Plaintext"] != "aGVsbG8=" || got["KeyId"] != arn {
			t.Errorf("decrypted %v", got)
		}
	}
	d.refused(t, d.first(), "kms", "decrypt", with(object{"EncryptionContext": object{}}),
		"InvalidCiphertextException", 400, "")
	d.refused(t, d.first(), "kms", "decrypt", with(object{"CiphertextBlob": "AAECAwQ="}),
		"InvalidCiphertextException", 400, "")
	d.refused(t, d.first(), "kms", "decrypt", with(object{"KeyId": "other"}), "IncorrectKeyException", 400, "")
	d.refused(t, d.first(), "kms", "decrypt", with(object{"EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
		"InvalidKeyUsageException", 400, "SYMMETRIC_DEFAULT")

	for _, c := range []struct {
		members object
		bytes   int
	}{{object{"KeySpec": "AES_256"}, 32}, {object{"KeySpec": "AES_128"}, 16}, {object{"NumberOfBytes": 5}, 5}} {
		c.members["KeyId"] = "alias/films"
		made := d.must(t, d.first(), "kms", "generate_data_key", c.members)
		opened := d.must(t, d.first(), "kms", "decrypt", object{"CiphertextBlob": made["CiphertextBlob"]})
		var plain []byte
		err := json.Unmarshal([]byte(`"`+made["Plaintext"].(string)+`"`), &plain)
		if err != nil || len(plain) != c.bytes || opened["Plaintext"] != made["Plaintext"] {
			t.Errorf("%v makes %d bytes, %v", c.members, len(plain), err)
		}
	}
	metadata := d.must(t, d.first(), "kms", "describe_key", object{"KeyId": "alias/films"})["KeyMetadata"].(object)
	if metadata["KeyState"] != "Enabled" || !strings.HasPrefix(metadata["CreationDate"].(string), "20") {
		t.Errorf("described %v", metadata)
	}
	d.refused(t, d.first(), "kms", "describe_key", object{"KeyId": "arn:aws:kms:eu-west-1:000000000000:key/films"},
		"NotFoundException", 400, "eu-west-1")
	d.refused(t, d.first(), "kms", "list_keys", object{}, "ClientError", 400, "TrentService.ListKeys")
	d.refused(t, who{d.first()[0], "wrong"}, "kms", "describe_key", object{"KeyId": "films"}, "ClientError", 403,
		"signature does not match")

	sealer := d.create(t, "sealer", `{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"`+arn+`"}}`)
	d.must(t, sealer, "kms", "encrypt", object{"KeyId": "films", "Plaintext": "aGVsbG8="})
	d.refused(t, sealer, "kms", "encrypt", object{"KeyId": "other", "Plaintext": "aGVsbG8="}, "ClientError", 400,
		"user/sealer is not authorized to perform: kms:Encrypt on resource: "+
			"arn:aws:kms:us-east-1:000000000000:key/other")
	d.refused(t, sealer, "kms", "decrypt", blob, "ClientError", 400, "kms:Decrypt on resource: *")
}

// TestCommandLines encrypts and decrypts with AWS's command line, as the documentation
// says, and lists credentials with ours, over TLS.
func TestCommandLines(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "/usr/bin/aws", "--version")
	s := reelastictest.StartTLS(t, "--workers", "0")
	run := func(args ...string) object {
		cmd := exec.CommandContext(t.Context(), "/usr/bin/aws",
			append([]string{"--endpoint-url", s.Endpoint(), "--region", "us-east-1", "kms"}, args...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
			"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(s.Data, "credentials"),
			"AWS_CA_BUNDLE=" + s.CertFile}
		out, err := cmd.CombinedOutput()
		var answer object
		if err != nil || json.Unmarshal(out, &answer) != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return answer
	}
	const context = "service=elastictranscoder.amazonaws.com"
	sealed := run("encrypt", "--key-id", "films", "--plaintext", "aGVsbG8=", "--encryption-context", context)
	blob := filepath.Join(t.TempDir(), "blob")
	var content []byte
	if err := json.Unmarshal([]byte(`"`+sealed["CiphertextBlob"].(string)+`"`), &content); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, content, 0o600); err != nil {
		t.Fatal(err)
	}
	got := run("decrypt", "--ciphertext-blob", "fileb://"+blob, "--encryption-context", context)
	if got["Plaintext"] != "aGVsbG8=" {
		t.Errorf("decrypted %v", got)
	}
	list := exec.CommandContext(t.Context(), reelastictest.Program(), "credentials", "list", "--data", s.Data,
		"--endpoint-url", s.Endpoint())
	list.Env = []string{"SSL_CERT_FILE=" + s.CertFile}
	if out, err := list.CombinedOutput(); err != nil || !strings.Contains(string(out), "first ") {
		t.Errorf("%v: %s", err, out)
	}
	if endpoint := `"endpoint":"https://127.0.0.1:`; !strings.Contains(s.Log(), endpoint) {
		t.Errorf("the log does not tell %s", endpoint)
	}
}
