"""SES written a second time, as simply as possible: the status of identities, and which calls pass."""

from __future__ import annotations

from itertools import product

REGIONS = ["us-east-1", "af-south-1"]
#: Where the CNAME records of DKIM lead to.
HOSTS = {"us-east-1": "dkim.amazonses.com", "af-south-1": "dkim.af-south-1.amazonses.com"}
#: The statuses in which SES searches for records.
CHECKED = ("Pending", "Success", "TemporaryFailure")
ACCOUNTS = ["123456789012", "210987654321"]
SECOND = 1000
HOUR = 3600 * SECOND

#: How the subject of the mail to the account ends when a domain's status changes by itself.
NEWS = {
    ("Pending", "Success"): "SUCCESS",
    ("Pending", "Failed"): "FAILURE",
    ("Success", "TemporaryFailure"): "REVOCATION WARNING",
    ("TemporaryFailure", "Success"): "REVOCATION CANCELLATION",
    ("TemporaryFailure", "Failed"): "REVOCATION",
}

#: Regions and accounts.
Place = tuple[str, ...]
PLACES: list[Place] = list(product(REGIONS, ACCOUNTS))
#: Region, account and name; for a domain's DKIM, and for a MAIL FROM domain, also a fourth word.
Key = tuple[str, ...]


def dkim(key: Key) -> Key:
    return (*key, "DKIM")


def mail_from(key: Key) -> Key:
    return (*key, "MAIL FROM")


def is_address(key: Key) -> bool:
    return "@" in key[2]


def hours(key: Key) -> int:
    """How long a confirmation may take."""
    return 24 if is_address(key) and len(key) == 3 else 72


def elsewhere(key: Key) -> Key:
    """The same in the other region."""
    return (REGIONS[1 - REGIONS.index(key[0])], *key[1:])


def above(name: str) -> list[str]:
    """The domain of an address, or a domain itself, and its parent domains."""
    labels = name.rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


class Model:
    """The model: milliseconds, and a few dicts."""

    def __init__(self, throttled: bool) -> None:
        self.throttled = throttled
        self.now = 0
        self.passed: dict[Key, int] = {}
        self.status: dict[Key, str] = {}
        self.due: dict[Key, int] = {}
        #: Mails about domains: region, account, name and the end of the subject.
        self.news: list[Key] = []
        #: Mails with a link: the address, and until when the link works.
        self.links: list[tuple[Key, int]] = []
        #: Published records: whose, and the number of each of the three of DKIM; with another value, -1 minus it.
        self.records: set[tuple[Key, int]] = set()
        #: Of domains: when SES last looked for records and last found them, and why it did not.
        self.checked: dict[Key, int] = {}
        self.succeeded: dict[Key, int] = {}
        self.error: dict[Key, str] = {}
        #: The MAIL FROM domain of identities.
        self.mail_from: dict[Key, str] = {}
        #: Domains that have the DKIM keys of the other region.
        self.replicas: set[Key] = set()
        #: Domains whose DKIM keys before still verify them while the new ones are looked for.
        self.changing: set[Key] = set()

    # Time.

    def passes(self, bucket: Key) -> bool:
        """One call per second of each operation, region and account passes; a refused one costs nothing."""
        if self.throttled:
            if self.now - self.passed.get(bucket, -SECOND) < SECOND:
                return False
            self.passed[bucket] = self.now
        return True

    def advance(self, by: int) -> None:
        end = self.now + by
        # One after another, as the end of one may put off another.
        while due := [(at, key) for key, at in self.due.items() if at <= end]:
            self.now, key = min(due)
            self.turn(key, "Failed")
            if len(key) == 4:
                self.look(key[:3])
        self.now = end

    def wait(self, place: Place, name: str, delay: int) -> bool:
        """Whether one of three polls returns Success; a refused poll ends it."""
        for pause in (0, delay, delay):
            self.advance(pause)
            if not self.passes(("ses", "get_identity_verification_attributes", *place)):
                return False
            if self.status.get((*place, name)) == "Success":
                return True
        return False

    def become(self, key: Key, status: str) -> None:
        self.status[key] = status
        self.due.pop(key, None)
        if status == "Pending":
            self.due[key] = self.now + hours(key) * HOUR
        elif status == "TemporaryFailure":
            self.due[key] = self.now + 72 * HOUR

    def turn(self, key: Key, status: str) -> None:
        """Changes a status by itself; for a domain the account is sent a mail."""
        if len(key) == 3 and not is_address(key):
            self.news.append((*key, NEWS[self.status[key], status]))
        self.become(key, status)

    # Requests.

    def verify(self, key: Key) -> None:
        self.request(key)
        if self.status[key] == "Pending":
            self.look(key)

    def sign(self, key: Key, as_replica: bool = False) -> None:
        """DKIM with keys of its own, or as a replica with those of the other region."""
        if self.status.get(key) not in ("Pending", "TemporaryFailure"):
            self.request(key)
        before = self.keys(key)
        if as_replica is not (key in self.replicas):
            (self.replicas.add if as_replica else self.replicas.discard)(key)
            if self.status.get(dkim(key)) == "Success":
                self.changing.add(key)
                self.become(dkim(key), "Pending")
        self.request(dkim(key))
        if self.keys(key) != before:
            self.error.pop(key, None)
        self.look(key)
        self.look_at_replica(key)

    def request(self, key: Key) -> None:
        """A request keeps a verified status, and restarts all else."""
        if self.status.get(key) != "Success":
            self.become(key, "Pending")
            self.write(key)

    def write(self, key: Key) -> None:
        """Sends the mail with the link."""
        if is_address(key):
            self.links.append((key, self.now + 24 * HOUR))

    def create(self, key: Key, as_replica: bool = False) -> None:
        if is_address(key):
            self.verify(key)
        else:
            self.sign(key, as_replica)

    def is_parent(self, key: Key) -> bool:
        """Whether a domain has a replica, before which it cannot be deleted."""
        return key in self.status and elsewhere(key) in self.replicas

    def delete(self, key: Key) -> None:
        self.mail_from.pop(key, None)
        self.replicas.discard(key)
        self.changing.discard(key)
        for gone in (key, dkim(key), mail_from(key)):
            self.forget(gone)

    def forget(self, key: Key) -> None:
        for known in (self.status, self.due, self.checked, self.succeeded, self.error):
            known.pop(key, None)

    def is_checked(self, key: Key) -> bool:
        """Whether SES still verifies an identity or its domain, or has verified one."""
        both = (key, (*key[:2], key[2].rpartition("@")[2]))
        return any(self.status.get(one) in CHECKED for one in both)

    def set_mail_from(self, key: Key, domain: str) -> None:
        """Requests a MAIL FROM domain, whose records nobody publishes; an empty one is none."""
        self.mail_from[key] = domain
        if domain:
            self.become(mail_from(key), "Pending")
            self.look(key)
        else:
            self.forget(mail_from(key))

    # Verification.

    def click(self, number: int) -> None:
        key, until = self.links[number]
        if self.now < until and self.status.get(key) in ("Pending", "TemporaryFailure"):
            self.become(key, "Success")

    def publish(self, key: Key, number: int = 0, but: Place | None = None) -> None:
        self.records.add((key, number))
        self.look_around(key, but)

    def remove(self, key: Key, number: int = 0, but: Place | None = None) -> None:
        self.records.discard((key, number))
        self.look_around(key, but)

    def look_around(self, key: Key, but: Place | None) -> None:
        """A change of records makes SES look at the domain and its parents, in every region and account."""
        for place, name in product(PLACES, above(key[2])):
            if place != but:
                self.look((*place, name))

    def look(self, key: Key) -> None:
        """Looks for a domain's records, as SES does."""
        if not is_address(key):
            error, keys = self.reason(key), self.keys(key)
            self.compare(dkim(key), keys is not None and all((keys, number) in self.records for number in range(3)))
            if self.status.get(dkim(key)) != "Pending":
                self.changing.discard(key)
            signed = self.status.get(dkim(key)) == "Success" or key in self.changing
            found = (key, 0) in self.records or signed
            if self.status.get(key) in CHECKED:
                self.checked[key] = self.now
                if found:
                    self.succeeded[key] = self.now
                else:
                    self.error[key] = error
            self.compare(key, found)

    def reason(self, key: Key) -> str:
        """Why the first missing record of DKIM is not found, if it was requested, else the TXT record."""
        keys = self.keys(key)
        if keys is not None and self.status.get(dkim(key)) in CHECKED:
            for number in range(3):
                if (keys, number) not in self.records:
                    return "INVALID_VALUE" if (keys, -1 - number) in self.records else "HOST_NOT_FOUND"
        others = any(((*place, key[2]), 0) in self.records for place in PLACES if place != key[:2])
        return "INVALID_VALUE" if others else "HOST_NOT_FOUND"

    def look_at_replica(self, key: Key) -> None:
        if elsewhere(key) in self.replicas:
            self.look(elsewhere(key))

    def keys(self, key: Key) -> Key | None:
        """The DKIM whose keys a domain has: its own, or its parent's; None if there are none."""
        if self.problem(key):
            return None
        found = dkim(elsewhere(key) if key in self.replicas else key)
        return found if found in self.status else None

    def problem(self, key: Key) -> str | None:
        """Why a replica has no keys."""
        parent = elsewhere(key)
        if key not in self.replicas:
            return None
        if parent not in self.status:
            return "REPLICATION_PRIMARY_NOT_FOUND"
        if parent in self.replicas:
            return "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"
        return None if dkim(parent) in self.status else "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"

    def compare(self, key: Key, found: bool) -> None:
        status = self.status.get(key)
        if found and status in ("Pending", "TemporaryFailure"):
            self.turn(key, "Success")
        elif not found and status == "Success":
            self.turn(key, "TemporaryFailure")

    # The test.

    def add(self, key: Key, status: str) -> None:
        """Adds an identity with a status: a verified domain has its record, another has none."""
        if not is_address(key):
            (self.publish if status == "Success" else self.remove)(key, but=key[:2])
        self.become(key, status)
        self.set_checks(key, status)
        if status == "Pending":
            self.write(key)

    def set_checks(self, key: Key, status: str) -> None:
        """A domain that is added with a status has been checked until now, and has no records unless it is verified."""
        if not is_address(key) and status != "NotStarted":
            self.checked[key] = self.now
            if status in ("Success", "TemporaryFailure"):
                self.succeeded[key] = self.now
            if status != "Success":
                self.error[key] = "HOST_NOT_FOUND"

    def add_dkim(self, key: Key, status: str) -> None:
        """The same for a domain's own DKIM, which has three records; NotStarted is none at all."""
        self.replicas.discard(key)
        self.changing.discard(key)
        for number in range(3):
            (self.publish if status == "Success" else self.remove)(dkim(key), number, but=key[:2])
        self.become(dkim(key), status)
        if status == "NotStarted":
            del self.status[dkim(key)]
        self.look_at_replica(key)

    # Responses.

    def names(self, place: Place) -> list[str]:
        """The names in the order of their registration."""
        return [key[2] for key in self.status if key == (*place, key[2])]

    def info(self, key: Key) -> tuple[int | None, int | None, str | None]:
        """When a domain was last checked, and verified, and why its records were not found."""
        return self.checked.get(key), self.succeeded.get(key), self.problem(key) or self.error.get(key)

    def may_send(self, key: Key) -> bool:
        """Whether an identity may send, by itself or by a parent domain."""
        names = [key[2], *above(key[2])]
        return any(self.status.get((*key[:2], name)) in ("Success", "TemporaryFailure") for name in names)

    def signing(self, key: Key) -> Key | None:
        """The DKIM of an identity: its own, or that of an address's domain."""
        found = dkim((*key[:2], key[2].rpartition("@")[2]))
        return found if found in self.status else None
