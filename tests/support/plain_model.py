"""SES written a second time, as simply as possible: the status of identities, and which calls pass."""

from __future__ import annotations

from itertools import product

REGIONS = ["us-east-1", "eu-west-1"]
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
#: Region, account and name; for a domain's DKIM also a fourth word.
Key = tuple[str, ...]


def dkim(key: Key) -> Key:
    return (*key, "DKIM")


def is_address(key: Key) -> bool:
    return "@" in key[2]


def hours(key: Key) -> int:
    """How long a confirmation may take."""
    return 24 if is_address(key) else 72


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
        #: Published records: whose, and the number of each of the three of DKIM.
        self.records: set[tuple[Key, int]] = set()
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
        while overdue := [(due, key) for key, due in self.due.items() if due <= end]:
            self.now, key = min(overdue)
            self.turn(key, "Failed")
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
        self.look(key)

    def sign(self, key: Key, by_parent: bool = False) -> None:
        """DKIM with keys of its own, or as a replica with those of the other region."""
        if self.status.get(key) not in ("Pending", "TemporaryFailure"):
            self.request(key)
        if by_parent is not (key in self.replicas):
            (self.replicas.add if by_parent else self.replicas.discard)(key)
            if self.status.get(dkim(key)) == "Success":
                self.changing.add(key)
                self.become(dkim(key), "Pending")
        self.request(dkim(key))
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

    def create(self, key: Key) -> None:
        if is_address(key):
            self.verify(key)
        else:
            self.sign(key)

    def delete(self, key: Key) -> None:
        self.replicas.discard(key)
        self.changing.discard(key)
        for gone in (key, dkim(key)):
            self.status.pop(gone, None)
            self.due.pop(gone, None)

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
            keys = self.keys(key)
            self.compare(dkim(key), keys is not None and all((keys, number) in self.records for number in range(3)))
            if self.status.get(dkim(key)) != "Pending":
                self.changing.discard(key)
            signed = self.status.get(dkim(key)) == "Success" or key in self.changing
            self.compare(key, (key, 0) in self.records or signed)

    def look_at_replica(self, key: Key) -> None:
        if self.elsewhere(key) in self.replicas:
            self.look(self.elsewhere(key))

    def elsewhere(self, key: Key) -> Key:
        """The same in the other region."""
        return (REGIONS[1 - REGIONS.index(key[0])], *key[1:])

    def keys(self, key: Key) -> Key | None:
        """The DKIM whose tokens a domain has: its own, or its parent's if that has Easy DKIM of its own."""
        if key not in self.replicas:
            return dkim(key) if dkim(key) in self.status else None
        parent = self.elsewhere(key)
        return dkim(parent) if dkim(parent) in self.status and parent not in self.replicas else None

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
        if status == "Pending":
            self.write(key)

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

    def may_send(self, key: Key) -> bool:
        """Whether an identity may send, by itself or by a parent domain."""
        names = [key[2], *above(key[2])]
        return any(self.status.get((*key[:2], name)) in ("Success", "TemporaryFailure") for name in names)

    def signing(self, key: Key) -> Key | None:
        """The DKIM of an identity: its own, or that of an address's domain."""
        found = dkim((*key[:2], key[2].rpartition("@")[2]))
        return found if found in self.status else None
