# The walk of test_server_clients, by the aws CLI; prints what it met, a line each.
# OPTIONS are --endpoint-url and the address, for a release that knows nothing of AWS_ENDPOINT_URL_SES.
address=ann@example.com
order() {
    curl --silent --show-error --fail --output /dev/null --header "Content-Type: application/json" \
        --data "$2" "$AWS_ENDPOINT_URL_SES/_ses_stub/$1"
}
ask() {
    "$AWS" $OPTIONS ses get-identity-verification-attributes --identities "$@" \
        --query "VerificationAttributes.*.VerificationStatus" --output text 2>&1 | grep .
}
set -e
export AWS_MAX_ATTEMPTS=1

"$AWS" $OPTIONS ses verify-email-identity --email-address $address
ask $address
order clicks '{"address": "ann@example.com"}'
order clock/advance '{"seconds": 1}'
ask $address
ask $address
order clock/advance '{"seconds": 1}'
ask $(seq -f "u%g@example.com" 101)
echo "verified for sending: $("$AWS" $OPTIONS sesv2 get-email-identity --email-identity $address \
    --query VerifiedForSendingStatus)"
"$AWS" $OPTIONS sesv2 send-email --from-email-address $address --destination ToAddresses=$address \
    --content "Simple={Subject={Data=Hello},Body={Text={Data=Hello}}}" --query MessageId --output text | grep -q . && echo sent
