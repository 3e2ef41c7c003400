"""What no answer tells: how the server works inside, where it stands, and the credentials it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from specwitness.contract.checking import Check, Refusal, check
from specwitness.contract.generic.reading import status_of, succeeded, texts, was_sent
from specwitness.findings import Exchange
from specwitness.redaction import disguises, readings

SHORTEST_SECRET = 6
"""Shorter values are not searched for: they turn up by chance."""

_STACK_TRACES = {
    "Python": re.compile(
        r'Traceback \(most recent call last\):|^ *File "[^"\n]{1,300}", line \d+, in \S', re.MULTILINE
    ),
    "Java": re.compile(
        r"^[ \t]{0,40}at [\w.$<>/]{3,200}\((?:[\w$]{1,200}\.(?:java|kt|scala|groovy):\d+|Native Method)\)", re.MULTILINE
    ),
    "JavaScript": re.compile(
        r"^[ \t]{0,40}at (?:[^\n()]{1,200} \()?(?:file:///|node:|/|[A-Za-z]:\\)[^\n()]{1,300}:\d+:\d+\)?", re.MULTILINE
    ),
    "Go": re.compile(r"^goroutine \d+ \[[a-z ,0-9]+\]:|^\t/[^\n]{1,300}\.go:\d+ \+0x[0-9a-f]+", re.MULTILINE),
    ".NET": re.compile(r"^[ \t]{0,40}at [\w.`<>\[\],]{3,200}\([^)\n]{0,300}\) in [^\n]{1,300}:line \d+", re.MULTILINE),
    "PHP": re.compile(
        r"(?:Fatal|Parse) error(?:</b>)?: [^\n]{1,500} in (?:<b>)?/[^\n]{1,300}\.php(?:</b>)? on line"
        r"|^#\d+ /[^\n]{1,300}\.php\(\d+\): ",
        re.MULTILINE,
    ),
    "Ruby": re.compile(r"[\w./-]{1,300}\.rb:\d+:in [`'][^'\n]{1,200}'"),
    "Rust": re.compile(r"thread '[^'\n]{1,100}' (?:\(\d+\) )?panicked at "),
}

_SERVER_PATH = re.compile(
    # A path on the server's own disk: a root of its system and the name of a file of code or data. A URL has a host
    # before it, and a link in a page an equals sign.
    r"(?<![\w.:/\\=@-])(?<!=[\"'])(?:file://)?"
    r"/(?:usr|home|var|opt|srv|app|root|tmp|etc|Users|private|workspace|mnt)/(?:[\w.@+-]{1,100}/){0,30}[\w.@+-]{1,100}?"
    r"\.(?:pyc?|rb|php|java|kt|go|rs|cs|[cm]?js|tsx?|jsx|so|dll|jar|ini|conf|env|key|pem|sqlite3?|db|log)\b"
    r"|\b[A-Za-z]:\\(?:[\w .@+-]{1,100}\\){1,30}[\w .@+-]{1,100}?\.(?:py|php|java|cs|js|ts|dll|exe|config|ini|log)\b"
)
_SPEAKS_OF_FAILURE = re.compile(r"/(?:error|exception|message|detail|reason|stack|trace)", re.IGNORECASE)

_DATABASE = re.compile(
    # The words of databases and their drivers, and a statement in capital letters.
    r"\bSQLSTATE\b|\bORA-\d{5}:|\bPLS-\d{5}:|\bE11000 duplicate key|\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|CORRUPT)"
    r"|\bER_(?:DUP_ENTRY|PARSE_ERROR|BAD_FIELD_ERROR|NO_SUCH_TABLE|ACCESS_DENIED_ERROR)\b"
    r"|\b(?:psycopg2?|asyncpg|aiosqlite|pymysql|MySQLdb|pymongo|sqlalchemy|sqlite3)\.[\w.]{0,80}(?:exc|err|Err)"
    r"|\bsqlite3\.(?:Warning|Integrity|Operational|Programming)|\bPG::[A-Z]\w{1,60}|\bActiveRecord::[A-Z]\w{1,60}"
    r"|\bjava\.sql\.SQL\w{0,60}Exception|\borg\.(?:hibernate|postgresql)\.[\w.]{1,80}Exception"
    r"|\b(?:System\.Data|Microsoft\.Data)\.SqlClient\b|\bMongo(?:Server|Network|Write)?Error\b"
    r"|syntax error at or near \"|You have an error in your SQL syntax|Unclosed quotation mark after the character"
    r"|violates (?:unique|foreign key|check|not-null|exclusion) constraint|relation \"[\w.]{1,100}\" does not exist"
    r"|\bSELECT\s[^;\n]{1,200}?\sFROM\s+[\w.\"`\[\]]{1,100}\s+(?:WHERE|JOIN|LEFT|INNER|ORDER|GROUP|LIMIT)\b"
    r"|\bINSERT INTO\s+[\w.\"`\[\]]{1,100}\s*\(|\bDELETE FROM\s+[\w.\"`\[\]]{1,100}\s+WHERE\b"
    r"|\bUPDATE\s+[\w.\"`\[\]]{1,100}\s+SET\s+[\w.\"`\[\]]{1,100}\s*="
)
_INSIDE = re.compile(
    # Where the server's own network begins: a store with its scheme, a URL with a password, a private address or a
    # name of no public domain, each with what shows that something listens there.
    r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|memcached?|cassandra|clickhouse|ldaps?)(?:\+\w{1,20})?://"
    r"[^\s\"'<>]{1,200}|\bjdbc:\w{1,30}:[^\s\"'<>]{1,200}"
    r"|\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"'<>]{1,100}:[^\s/@\"'<>]{1,100}@[\w.-]{1,100}"
    r"|(?<![\w.])(?:10(?:\.\d{1,3}){3}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|192\.168(?:\.\d{1,3}){2}):\d{2,5}(?!\d)"
    r"|(?:(?<=://)|(?<=@))[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:internal|intranet|cluster\.local)\b(?::\d{2,5})?"
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:internal|intranet|cluster\.local):\d{2,5}(?!\d)"
    r"|\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN) [\w.:-]{1,200}"
)


def checks(secrets: frozenset[str]) -> tuple[Check, ...]:
    """Return the rules of discretion; `secrets` are the values no answer may repeat."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in (secret, *disguises(secret))}
    known = re.compile("|".join(re.escape(form) for form in sorted(forms)) or r"(?!)")

    def is_told(text: str) -> bool:
        return any(known.search(reading) for reading in readings(text))

    @check(source="CWE-209; RFC 9457 section 5: problem details are no debugging tool", standing="implied")
    def no_stack_trace_is_shown(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not show how the server works inside: no stack trace."""
        for part, pointer, text in texts(exchange):
            for language, pattern in _STACK_TRACES.items():
                match = pattern.search(text)
                if match and not was_sent(exchange, match.group().strip()):
                    yield Refusal(pointer, f"it shows a stack trace ({language})", part=part)
                    break

    @check(source="CWE-209, CWE-497: a path on the server's disk is of no use to a client", standing="implied")
    def no_server_path_is_shown(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not show where on its disk the server keeps a file."""
        for part, pointer, text in texts(exchange):
            # What a success gives is the user's own, and may well speak of files: only its account of a failure is not.
            if part == "body" and succeeded(exchange) and not _SPEAKS_OF_FAILURE.search(pointer):
                continue
            if found := _untold(_SERVER_PATH, exchange, text):
                yield Refusal(pointer, f"it shows a path on the server ({found:.120})", part=part)

    @check(source="CWE-209: what a database says is of no use to a client", standing="implied")
    def no_database_is_quoted(exchange: Exchange) -> Iterator[Refusal]:
        """An error does not show a statement of SQL, or what a database said."""
        for pointer, text in _errors(exchange):
            if found := _untold(_DATABASE, exchange, text):
                yield Refusal(pointer, f"it shows the words of a database ({found:.40})")

    @check(source="CWE-497: an address inside the server's network is of no use to a client", standing="implied")
    def no_inside_address_is_shown(exchange: Exchange) -> Iterator[Refusal]:
        """An error does not show an address of the network behind the server."""
        for pointer, text in _errors(exchange):
            if _untold(_INSIDE, exchange, text):
                yield Refusal(pointer, "it shows an address inside the server's network")

    @check(source="RFC 9110 section 17.16, CWE-522: credentials are not disclosed")
    def no_credential_is_repeated(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not repeat a credential, where a log or a cache may keep it."""
        for part, pointer, text in texts(exchange):
            if is_told(text):
                yield Refusal("" if is_told(pointer) else pointer, "it repeats a credential", part=part)

    return (
        no_stack_trace_is_shown,
        no_server_path_is_shown,
        no_database_is_quoted,
        no_inside_address_is_shown,
        no_credential_is_repeated,
    )


def _errors(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield the texts of an error's body. A success may tell of what the user's own code met: that is the user's."""
    if status_of(exchange) >= HTTPStatus.BAD_REQUEST:
        yield from ((pointer, text) for part, pointer, text in texts(exchange) if part == "body")


def _untold(pattern: re.Pattern[str], exchange: Exchange, text: str) -> str | None:
    """Return what a pattern finds in a text and the client did not send."""
    found = (match.group() for match in pattern.finditer(text))
    return next((one for one in found if not was_sent(exchange, one)), None)
