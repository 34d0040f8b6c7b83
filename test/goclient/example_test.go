package goclient_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// Example goes the whole way: a pipeline, a job with two renditions and a
// playlist, its progress, its end, and what came out. The server runs for the
// example; a program names the address of its own.
func Example() {
	server := exampleServer() // with film.mp4 in bucket "in"
	defer server.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()

	c, err := client.New(server.Endpoint, client.WithCredentials(server.Credentials))
	if err != nil {
		log.Fatal(err)
	}
	pipeline, err := c.CreatePipeline(ctx, &api.CreatePipelineRequest{
		Name: new("films"), InputBucket: new("in"), OutputBucket: new("out"),
		Role: new("arn:aws:iam::000000000000:role/transcoder"),
	})
	if err != nil {
		log.Fatal(err)
	}
	job, err := c.CreateJob(ctx, &api.CreateJobRequest{
		PipelineId:      pipeline.Pipeline.Id,
		Inputs:          []api.JobInput{{Key: new("film.mp4")}},
		OutputKeyPrefix: new("film/"),
		Outputs: []api.CreateJobOutput{
			{Key: new("600k"), PresetId: new("1351620000001-200040"), SegmentDuration: new("2")},
			{Key: new("400k"), PresetId: new("1351620000001-200050"), SegmentDuration: new("2")},
		},
		Playlists: []api.CreateJobPlaylist{{Name: new("index"), Format: new("HLSv3"),
			OutputKeys: []string{"600k", "400k"}}},
	})
	if err != nil {
		log.Fatal(err)
	}

	for progress, err := range c.Watch(ctx, *job.Job.Id) {
		if err != nil {
			log.Fatal(err)
		}
		if progress.Final() {
			fmt.Printf("%s, %.0f %%\n", progress.Status, progress.Percent)
		}
	}
	done, err := c.WaitJob(ctx, *job.Job.Id)
	if failed, ok := errors.AsType[*client.JobError](err); ok {
		for _, output := range failed.Outputs {
			fmt.Println(output.Key, output.Code, output.Detail)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, output := range done.Outputs {
		fmt.Printf("%s: %dx%d, %d ms\n", *output.Key, *output.Width, *output.Height, *output.DurationMillis)
	}
	for _, playlist := range done.Playlists {
		fmt.Printf("%s: %s\n", *playlist.Name, *playlist.Status)
	}
	for job, err := range c.JobsByStatus(ctx, client.JobComplete, client.NewestFirst) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("complete:", *job.Input.Key)
	}
	// Output:
	// Complete, 100 %
	// 600k: 480x270, 2000 ms
	// 400k: 400x226, 2000 ms
	// index: Complete
	// complete: film.mp4
}
