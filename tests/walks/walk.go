// The walk of test_server_clients, by the AWS SDK for Go 2; prints what it met, a line each.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	v2types "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"
)

const address = "ann@example.com"

var server = os.Getenv("AWS_ENDPOINT_URL_SES")

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func control(path, body string) {
	answer, err := http.Post(server+"/_ses_stub/"+path, "application/json", bytes.NewBufferString(body))
	check(err)
	if answer.StatusCode >= 300 {
		panic(answer.Status)
	}
}

func main() {
	ctx := context.Background()
	// A release from before AWS_ENDPOINT_URL_SES: newer ones read it.
	endpoint := aws.EndpointResolverWithOptionsFunc(func(string, string, ...interface{}) (aws.Endpoint, error) {
		return aws.Endpoint{URL: server}, nil
	})
	settings, err := config.LoadDefaultConfig(
		ctx, config.WithEndpointResolverWithOptions(endpoint), config.WithRetryMaxAttempts(1))
	check(err)
	v1, v2 := ses.NewFromConfig(settings), sesv2.NewFromConfig(settings)
	ask := func(names ...string) {
		found, err := v1.GetIdentityVerificationAttributes(
			ctx, &ses.GetIdentityVerificationAttributesInput{Identities: names})
		var problem smithy.APIError
		if errors.As(err, &problem) {
			fmt.Printf("%s: %s\n", problem.ErrorCode(), problem.ErrorMessage())
			return
		}
		check(err)
		fmt.Println(found.VerificationAttributes[address].VerificationStatus)
	}

	_, err = v1.VerifyEmailIdentity(ctx, &ses.VerifyEmailIdentityInput{EmailAddress: aws.String(address)})
	check(err)
	ask(address)
	control("clicks", `{"address": "`+address+`"}`)
	control("clock/advance", `{"seconds": 1}`)
	ask(address)
	ask(address)
	control("clock/advance", `{"seconds": 1}`)
	var many []string
	for number := 0; number < 101; number++ {
		many = append(many, fmt.Sprintf("u%d@example.com", number))
	}
	ask(many...)
	identity, err := v2.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(address)})
	check(err)
	fmt.Println("verified for sending:", identity.VerifiedForSendingStatus)
	text := &v2types.Content{Data: aws.String("Hello")}
	message := &v2types.Message{Subject: text, Body: &v2types.Body{Text: text}}
	sent, err := v2.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(address),
		Destination:      &v2types.Destination{ToAddresses: []string{address}},
		Content:          &v2types.EmailContent{Simple: message},
	})
	check(err)
	if *sent.MessageId != "" {
		fmt.Println("sent")
	}
}
