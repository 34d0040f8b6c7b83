package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// answering starts a server that gives the same answer to everything. The
// examples of the repository's folder test/goclient speak to a real server.
func answering(status int, exception, body string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", exception)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
}

func connect(server *httptest.Server) *client.Client {
	c, err := client.New(server.URL, client.WithCredentials(client.StaticCredentials("AKID", "secret", "")))
	if err != nil {
		log.Fatal(err)
	}
	return c
}

func ExampleRegions() {
	for _, r := range client.Regions() {
		fmt.Println(r.Name, r.Endpoint)
	}
	// Output:
	// ap-northeast-1 elastictranscoder.ap-northeast-1.amazonaws.com
	// ap-south-1 elastictranscoder.ap-south-1.amazonaws.com
	// ap-southeast-1 elastictranscoder.ap-southeast-1.amazonaws.com
	// ap-southeast-2 elastictranscoder.ap-southeast-2.amazonaws.com
	// eu-west-1 elastictranscoder.eu-west-1.amazonaws.com
	// us-east-1 elastictranscoder.us-east-1.amazonaws.com
	// us-west-1 elastictranscoder.us-west-1.amazonaws.com
	// us-west-2 elastictranscoder.us-west-2.amazonaws.com
}

// The exception of an answer is found by its type.
func ExampleValidationException() {
	server := answering(400, "ValidationException", `{"message":"Role cannot be blank"}`)
	defer server.Close()
	_, err := connect(server).CreatePipeline(context.Background(), &api.CreatePipelineRequest{Name: new("films")})
	if e, ok := errors.AsType[*client.ValidationException](err); ok {
		fmt.Println(e.Status, e.Message)
	}
	// Output: 400 Role cannot be blank
}

// An exception that the API does not declare keeps its name.
func ExampleResponseError() {
	server := answering(400, "ConditionalCheckFailedException", `{"message":"The conditional request failed."}`)
	defer server.Close()
	_, err := connect(server).ListPresets(context.Background(), nil)
	if e, ok := errors.AsType[*client.ResponseError](err); ok {
		fmt.Println(e.Status, e.Code)
	}
	// Output: 400 ConditionalCheckFailedException
}

// A failed job says which outputs failed, and why.
func ExampleClient_WaitJob() {
	server := answering(200, "",
		`{"Job":{"Id":"1502631977930-rabioh","Status":"Error","Outputs":[{"Id":"1","Key":"film.mp4",`+
			`"Status":"Error","StatusDetail":"4000 0a1b: The media file could not be interpreted."}]}}`)
	defer server.Close()
	_, err := connect(server).WaitJob(context.Background(), "1502631977930-rabioh", client.WaitTimeout(time.Hour))
	if e, ok := errors.AsType[*client.JobError](err); ok {
		for _, o := range e.Outputs {
			fmt.Println(o.Key, o.Code)
		}
	}
	// Output: film.mp4 4000
}

func ExampleClient_JobsByPipeline() {
	server := answering(200, "",
		`{"Jobs":[{"Id":"1502631977930-rabioh","Status":"Complete"},{"Id":"1502631977941-fzgstm",`+
			`"Status":"Progressing"}]}`)
	defer server.Close()
	for job, err := range connect(server).JobsByPipeline(context.Background(), "1502631900000-abcdef",
		client.OldestFirst) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*job.Id, *job.Status)
	}
	// Output:
	// 1502631977930-rabioh Complete
	// 1502631977941-fzgstm Progressing
}

func ExampleClient_MakeRequest() {
	server := answering(200, "", `{"Presets":[],"NextPageToken":null}`)
	defer server.Close()
	out, err := connect(server).MakeRequest(context.Background(), http.MethodGet, "/2012-09-25/presets", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d %s\n", out.Status, out.Body)
	// Output: 200 {"Presets":[],"NextPageToken":null}
}
