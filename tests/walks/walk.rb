# The walk of test_server_clients, by the AWS SDK for Ruby 1; prints what it met, a line each.
require "aws-sdk"
require "json"
require "net/http"
require "uri"

SERVER = URI(ENV.fetch("AWS_ENDPOINT_URL_SES"))
ADDRESS = "ann@example.com"
# It knows nothing of AWS_ENDPOINT_URL_SES.
SES = AWS::SimpleEmailService.new(
  access_key_id: ENV.fetch("AWS_ACCESS_KEY_ID"), secret_access_key: ENV.fetch("AWS_SECRET_ACCESS_KEY"),
  simple_email_service_endpoint: SERVER.host, simple_email_service_port: SERVER.port, use_ssl: false, max_retries: 0
)

def control(path, body)
  answer = Net::HTTP.post(URI("#{SERVER}/_ses_stub/#{path}"), body.to_json, "Content-Type" => "application/json")
  raise answer.body unless answer.is_a?(Net::HTTPSuccess)
end

def ask(names)
  found = SES.client.get_identity_verification_attributes(identities: names)
  puts found[:verification_attributes].values.first[:verification_status]
rescue AWS::Errors::Base => error
  puts "#{error.code}: #{error.message}"
end

SES.client.verify_email_identity(email_address: ADDRESS)
ask([ADDRESS])
control("clicks", address: ADDRESS)
control("clock/advance", seconds: 1)
ask([ADDRESS])
ask([ADDRESS])
control("clock/advance", seconds: 1)
ask((0...101).map { |number| "u#{number}@example.com" })
sent = SES.client.send_email(
  source: ADDRESS, destination: { to_addresses: [ADDRESS] },
  message: { subject: { data: "Hello" }, body: { text: { data: "Hello" } } }
)
puts "sent" if sent[:message_id]
