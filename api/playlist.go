package api

// Playlist is a manifest of a job with its state.
type Playlist struct {
	// Key without extension, after the job's OutputKeyPrefix, 1 to 255 characters.
	Name *string `json:"Name" check:"min=1,max=255"`
	// HLSv3, HLSv4, Smooth or MPEG-DASH.
	Format *string `json:"Format" check:"pattern=PlaylistFormat"`
	// Key members of the outputs that it lists, in order, at most 30.
	OutputKeys []string `json:"OutputKeys" check:"max=30,member.min=1,member.max=255"`
	// HLS encryption of the listed outputs.
	HlsContentProtection *HlsContentProtection `json:"HlsContentProtection"`
	// PlayReady protection of the listed outputs.
	PlayReadyDrm *PlayReadyDrm `json:"PlayReadyDrm"`
	// Submitted, Progressing, Complete, Canceled or Error.
	Status *string `json:"Status" check:"pattern=JobStatus"`
	// Why the playlist failed; null when there is nothing to say.
	StatusDetail *string `json:"StatusDetail" check:"min=0,max=255"`
}

// CreateJobPlaylist is a manifest that a new job is asked for.
type CreateJobPlaylist struct {
	// Key without extension, after the job's OutputKeyPrefix, 1 to 255 characters.
	Name *string `json:"Name" check:"min=1,max=255"`
	// HLSv3, HLSv4, Smooth or MPEG-DASH.
	Format *string `json:"Format" check:"pattern=PlaylistFormat"`
	// Key members of the outputs to list, in order, at most 30.
	OutputKeys []string `json:"OutputKeys" check:"max=30,member.min=1,member.max=255"`
	// HLS encryption of the listed outputs; null means none.
	HlsContentProtection *HlsContentProtection `json:"HlsContentProtection"`
	// PlayReady protection of the listed outputs; null means none.
	PlayReadyDrm *PlayReadyDrm `json:"PlayReadyDrm"`
}

// HlsContentProtection encrypts the segments of HLS outputs with a 128-bit key.
// Without key members the service makes the key itself.
type HlsContentProtection struct {
	// aes-128.
	Method *string `json:"Method" check:"pattern=HlsContentProtectionMethod"`
	// Data key wrapped by KMS, base64.
	Key *string `json:"Key" check:"pattern=Base64EncodedString"`
	// MD5 of the wrapped key's bytes, base64.
	KeyMd5 *string `json:"KeyMd5" check:"pattern=Base64EncodedString"`
	// Initialization vector, base64, up to 255 characters.
	InitializationVector *string `json:"InitializationVector" check:"min=0,max=255"`
	// Where players get the key, absolute, up to 512 characters.
	LicenseAcquisitionUrl *string `json:"LicenseAcquisitionUrl" check:"min=0,max=512"`
	// NoStore, or WithVariantPlaylists (the key is stored beside them).
	KeyStoragePolicy *string `json:"KeyStoragePolicy" check:"pattern=KeyStoragePolicy"`
}

// PlayReadyDrm encrypts outputs for Microsoft PlayReady with a 128-bit key, which
// the client must supply.
type PlayReadyDrm struct {
	// microsoft (Smooth) or discretix-3.0 (HLSv3).
	Format *string `json:"Format" check:"pattern=PlayReadyDrmFormatString"`
	// Data key wrapped by KMS, base64, not empty.
	Key *string `json:"Key" check:"pattern=NonEmptyBase64EncodedString"`
	// MD5 of the wrapped key's bytes, base64, not empty.
	KeyMd5 *string `json:"KeyMd5" check:"pattern=NonEmptyBase64EncodedString"`
	// Key identifier as a GUID, or as 32 hexadecimal digits.
	KeyId *string `json:"KeyId" check:"pattern=KeyIdGuid"`
	// Initialization vector, base64, up to 255 characters; made when null.
	InitializationVector *string `json:"InitializationVector" check:"min=0,max=255"`
	// Where players get the licence, 1 to 512 characters.
	LicenseAcquisitionUrl *string `json:"LicenseAcquisitionUrl" check:"min=1,max=512"`
}
