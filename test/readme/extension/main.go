package main

import (
	"context"
	"fmt"
	"log"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/client/awsconfig"
)

func main() {
	ctx := context.Background()
	credentials, region, err := awsconfig.Load(ctx)
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.New("http://127.0.0.1:8080", client.WithCredentials(credentials), client.WithRegion(region))
	if err != nil {
		log.Fatal(err)
	}
	retried := 0
	for job, err := range c.SearchJobs(ctx, v1.JobFilter{Status: "Error", Text: "summer"}) {
		if err != nil {
			log.Fatal(err)
		}
		if _, err := c.RetryJob(ctx, job.ID); err != nil {
			log.Fatal(err)
		}
		retried++
	}
	fmt.Println("jobs retried:", retried)
}
