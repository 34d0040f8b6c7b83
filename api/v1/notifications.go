package v1

import "time"

// Subscription is an endpoint that gets what is published to a topic.
type Subscription struct {
	ID       string `json:"id"`
	ARN      string `json:"arn"`
	TopicARN string `json:"topicArn"`
	// Format is "sns", the envelope of Amazon SNS, or "cloudevents".
	Format   string `json:"format"`
	Endpoint string `json:"endpoint"`
	// SignatureVersion is 1 or 2 in the format "sns", absent otherwise.
	SignatureVersion int `json:"signatureVersion,omitempty"`
	// Status is "pending" until the endpoint has confirmed it, then "confirmed".
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
}

// CreateSubscriptionRequest asks for a subscription (POST /v1/subscriptions).
type CreateSubscriptionRequest struct {
	// TopicARN is the ARN of the topic, as in a pipeline's Notifications.
	TopicARN string `json:"topicArn"`
	// Format is "sns" or "cloudevents"; "" is "sns".
	Format string `json:"format,omitempty"`
	// Endpoint is an http or https address of at most 2048 bytes, without a fragment; user
	// and password in it are sent as basic authentication.
	Endpoint string `json:"endpoint"`
	// SignatureVersion is 1 or 2 in the format "sns"; 0 is 1. It must be 0 for others.
	SignatureVersion int `json:"signatureVersion,omitempty"`
}

// CreateSubscriptionResponse has the subscription, and the secret that signs its
// notifications in the format "cloudevents", which is told once.
type CreateSubscriptionResponse struct {
	Subscription Subscription `json:"subscription"`
	Secret       string       `json:"secret,omitempty"`
}

// ListSubscriptionsResponse has all subscriptions (GET /v1/subscriptions).
type ListSubscriptionsResponse struct {
	Subscriptions []Subscription `json:"subscriptions"`
}

// Delivery is a notification that has not arrived yet.
type Delivery struct {
	ID int64 `json:"id"`
	// Subscriber is the id of a subscription, or the topic for Amazon SNS.
	Subscriber string `json:"subscriber"`
	TopicARN   string `json:"topicArn"`
	JobID      string `json:"jobId,omitempty"`
	PipelineID string `json:"pipelineId,omitempty"`
	// State is that of the event, such as COMPLETED; absent where a subscriber is asked to
	// confirm.
	State string `json:"state,omitempty"`
	// Status is "pending", or "dead" when it was given up.
	Status    string    `json:"status"`
	Tries     int       `json:"tries"`
	LastError string    `json:"lastError,omitempty"`
	Created   time.Time `json:"created"`
	// NextTry is absent for one that was given up.
	NextTry *time.Time `json:"nextTry,omitempty"`
}

// ListDeliveriesResponse has at most 100 deliveries, the oldest first (GET /v1/deliveries,
// with status, subscriber and after in the query).
type ListDeliveriesResponse struct {
	Deliveries []Delivery `json:"deliveries"`
	// Next goes into after of the next request; 0 is the end.
	Next int64 `json:"next,omitempty"`
}

// SelectDeliveriesRequest says which given-up deliveries are sent again
// (POST /v1/deliveries/resend) or discarded (POST /v1/deliveries/discard). Exactly one of
// its members must be set.
type SelectDeliveriesRequest struct {
	// IDs has at most 1000 elements.
	IDs        []int64 `json:"ids,omitempty"`
	Subscriber string  `json:"subscriber,omitempty"`
	All        bool    `json:"all,omitempty"`
}

// SelectDeliveriesResponse says how many there were.
type SelectDeliveriesResponse struct {
	Count int `json:"count"`
}
