<?php
// Sends by AsyncAws, which has SendEmail of SES v2 only; prints what it met, a line each.
require 'AsyncAws/Ses/autoload.php';
require 'Symfony/Component/HttpClient/autoload.php';

use AsyncAws\Core\Exception\Http\HttpException;
use AsyncAws\Ses\SesClient;
use Symfony\Component\HttpClient\HttpClient;

$server = getenv('AWS_ENDPOINT_URL_SES');
$address = 'ann@example.com';
$http = HttpClient::create();
// It knows nothing of AWS_ENDPOINT_URL_SES.
$ses = new SesClient(['endpoint' => $server, 'region' => getenv('AWS_REGION')], null, $http);

function control(string $path, array $body): void
{
    global $http, $server;
    $http->request('POST', "$server/_ses_stub/$path", ['json' => $body])->getContent();
}

function send(): void
{
    global $ses, $address;
    $text = ['Data' => 'Hello'];
    try {
        $sent = $ses->sendEmail([
            'FromEmailAddress' => $address,
            'Destination' => ['ToAddresses' => [$address]],
            'Content' => ['Simple' => ['Subject' => $text, 'Body' => ['Text' => $text]]],
        ]);
        echo $sent->getMessageId() !== '' ? "sent\n" : "no id\n";
    } catch (HttpException $problem) {
        echo $problem->getAwsCode(), "\n";
    }
}

control('identities', ['name' => $address, 'status' => 'Pending']);
send();
control('clicks', ['address' => $address]);
send();
control('faults', ['operation' => 'SendEmail', 'error_code' => 'TooManyRequestsException', 'status' => 429]);
send();
