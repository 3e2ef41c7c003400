"""Which headers tell something of an API, and which are of HTTP, a browser, a proxy or a network in between."""

from __future__ import annotations

import re

_SILENT = re.compile(
    r"""
    # HTTP: negotiation, caching, conditions, ranges, connections (https://www.iana.org/assignments/http-fields)
      a-im | accept(-.+)? | age | allow | alt-(svc|used) | cache-control | (cdn|surrogate)-.+ | connection | content-.+
    | date | (want-(content|repr)-|repr-)?digest | early-data | etag | expect | expires | from | host | http2-settings
    | if-.+ | keep-alive | last-modified | link | location | max-forwards | pragma | prefer | preference-applied
    | priority | range | referer | retry-after | server | te | trailer | transfer-encoding | upgrade | user-agent | vary
    | via | warning
    # Who it is
    | (proxy-)?authentication-info | proxy-authenticate | (proxy-)?authorization | www-authenticate | (set-)?cookie2?
    | signature(-input)? | x-(api-key|auth-token|csrf-token|xsrf-token)
    # Browsers: what pages may do, and what is told of the machine
    | access-control-.+ | clear-site-data | cross-origin-.+ | expect-ct | (feature|permissions|referrer)-policy(-.+)?
    | nel | origin(-agent-cluster)? | p3p | public-key-pins(-.+)? | refresh | report-to | reporting-endpoints | sec-.+
    | service-worker(-.+)? | source-?map | speculation-rules | strict-transport-security | supports-loading-mode
    | timing-allow-origin | tk | upgrade-insecure-requests | x-content-(security-policy|type-options)
    | x-(dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|robots-tag)
    | x-(ua-compatible|webkit-csp|xss-protection|client-data|requested-with|devtools-.+|pingback)
    | observe-browsing-topics | purpose
    | critical-ch | device-memory | dn?pr | dnt | downlink | ect | rtt | save-data | (viewport-)?width
    # Tracing, and what servers tell of themselves
    | (x-)?(request|correlation|trace|transaction|instance)-id | b3 | baggage | elastic-apm-.+ | function-execution-id
    | newrelic | request-context | sentry-.+ | server-timing | trace(parent|response|state) | uber-trace-id
    | x-(b3|datadog|dd|newrelic|otel|sentry)-.+ | x-cloud-trace-context | x-debug-.+ | x-trace | ot-tracer-.+
    | x-(aspnet(mvc)?-version|generator|hacker|httpd|powered-by|redirect-by|runtime|server(-name)?|version-id)
    | x-(queue|request)-start | grpc-.+ | kbn-.+
    # Proxies, networks and platforms before the server
    | cdn-loop | client-ip | eagleid | fastly-.+ | forwarded | proxy-.+ | ssl | true-client-ip | wpe-backend
    | (akamai|ali|azure|cf|cloudflare|cloudfront|fly|rndr)-.+
    | x-(akamai|amzn?|appengine|azure|bunny|cache|cf|cloudfront|edge|envoy|fastly|forwarded|gcs|goog|guploader)-.+
    | x-(hw|istio|kong|litespeed|ms-edge|msedge|netlify|nf|nginx|openresty|original|render|sucuri|swift)-.+
    | x-(traefik|varnish|vercel|wix)-.+ | x-accel-.+ | x-firefox-spdy | x-host | x-ms-ref.* | x-oracle-dms-.+
    | x-(cache|cdn|forwarded|served|timer|turbo-charged-by|upstream|varnish|via)
    | x-(backend-server|(cluster-)?client-ip|github-request-id|http2-stream-id|proxy-cache|real-ip|served-by|ua-device)
    # Whoever generates clients, or records and plays traffic
    | x-(fern|mitmproxy|playwright|schemathesis|speakeasy|stainless)-.+
    """,
    re.VERBOSE,
)


_OF_A_BROWSER = re.compile(
    r"""
      accept-(encoding|language) | cache-control | connection | content-length | device-memory | dn?pr | dnt | downlink
    | ect | host | origin | pragma | priority | purpose | referer | rtt | save-data | sec-.+ | te
    | upgrade-insecure-requests | user-agent | (viewport-)?width | x-client-data
    """,
    re.VERBOSE,
)


def is_of_a_browser(name: str) -> bool:
    """Say whether a browser sends a header with whatever it asks; of pages that nobody asked about, some tell much."""
    return _OF_A_BROWSER.fullmatch(name.lower()) is not None


def is_of_the_api(name: str) -> bool:
    """Say whether a header looks like one that an API defines."""
    return not name.startswith(":") and _SILENT.fullmatch(name.lower()) is None
