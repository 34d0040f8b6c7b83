package main

import (
	"context"
	"fmt"
	"log"

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
	for preset, err := range c.Presets(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*preset.Name)
		break
	}
}
