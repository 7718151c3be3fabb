# The walk of test_server_clients, by the aws CLI; prints what it met, a line each.
address=ann@example.com
order() {
    curl --silent --show-error --fail --output /dev/null --header "Content-Type: application/json" \
        --data "$2" "$AWS_ENDPOINT_URL_SES/_ses_stub/$1"
}
ask() {
    "$AWS" ses get-identity-verification-attributes --identities "$@" \
        --query "VerificationAttributes.*.VerificationStatus" --output text 2>&1 | grep .
}
set -e
export AWS_MAX_ATTEMPTS=1

"$AWS" ses verify-email-identity --email-address $address
ask $address
order clicks '{"address": "ann@example.com"}'
order clock/advance '{"seconds": 1}'
ask $address
ask $address
order clock/advance '{"seconds": 1}'
ask $(seq -f "u%g@example.com" 101)
