package plan

// frameBytes is what a pixel of a frame with its copies needs, in bytes.
const frameBytes = 3

// memory estimates a step's need in bytes: 100 MiB for the program; and, when
// there is video, 24 frames of the source's size for the decoder and the
// filters, or less for each of several sources, and what each encoder needs; and what is
// kept of inputs until their streams are known.
func memory(req Request, renditions []rendition) int64 {
	const (
		program = 100 << 20
		frames  = 24
	)
	total, decoded := int64(program), int64(0)
	for _, p := range req.Probes {
		total += p.LateBytes
	}
	for _, r := range renditions {
		if r.Video == nil {
			continue
		}
		decoded = r.pieces[0].pixels * frames * frameBytes
		if len(r.pieces) > 1 {
			decoded = 0
			for _, p := range r.pieces {
				decoded += joinedMemory(p.pixels)
			}
		}
		total += r.video.encoder.memory(req.Speed, req.Threads) + r.video.converted*convertBytes
	}
	return total + decoded
}

// joinedMemory is what an input of a run that joins needs, in bytes: measured 5 MB
// at 640x480, 12 at 1280x720 and 24 at 1920x1080.
func joinedMemory(pixels int64) int64 { return 3<<20 + pixels*14 }
