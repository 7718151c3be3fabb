"""Questions that calls alone cannot answer: somebody has to ask them by hand."""

from __future__ import annotations

from conformance.asking import Asker, NotAsked
from conformance.questions.registry import question

BY_HAND = {
    "links": (
        "What does a verification link show after another request, after 24 hours, and of a deleted identity?",
        "needs a mailbox",
    ),
    "deadlines": (
        "Do the 24 and 72 hours begin anew with a second request, and with VerifyDomainDkim? When exactly do they end?",
        "takes three days",
    ),
    "sandbox-custom-mail": (
        "What does SendCustomVerificationEmail of v2 say in the sandbox?",
        "needs an account in the sandbox, with a template that was made before",
    ),
    "simulator-statistics": (
        "Do messages to the mailbox simulator count in GetSendStatistics, and as what? Where does an interval begin?",
        "needs a verified sender, and some hours",
    ),
    "source-arns": (
        "What does SendEmail say of a SourceArn that is no ARN, that is of another region, or that does not cover the"
        " sender?",
        "needs a verified sender",
    ),
    "tags-and-template-data": (
        "Which tags count if both the request and its header have some? Which TemplateData is refused?",
        "needs a verified sender",
    ),
    "raw-requests": (
        "What do requests give that no SDK makes: parameters in the URL and in the body, lists with odd numbers, bodies"
        " that are no JSON object?",
        "needs requests that are made and signed without botocore",
    ),
}


def _register(name: str, text: str, reason: str) -> None:
    @question(name, text, "", f"by hand: {reason}")
    def by_hand(ask: Asker) -> str:
        raise NotAsked(reason)


for _name, (_text, _reason) in BY_HAND.items():
    _register(_name, _text, _reason)
