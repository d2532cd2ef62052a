//! Texts with a form of their own, as the schema tells them: the form is checked where the file is read, with its place.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

macro_rules! text_form {
    ($(#[$doc:meta])* $name:ident, $format:literal, $description:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "title": $description, "examples": [$example] })
            }
        }
    };
}

text_form!(
    /// A length of time.
    DurationText, "span", "a duration such as 300ms, 15s, 5m, 1h30m or 30d", "15s"
);
text_form!(
    /// A time zone of the IANA database.
    ZoneText, "zone", "a time zone such as UTC or Europe/Berlin", "Europe/Berlin"
);
text_form!(
    /// A time on the clocks of a zone.
    LocalTimeText, "local-time", "a local time such as 2026-12-18T18:00", "2026-12-18T18:00"
);
text_form!(
    /// A day.
    DayText, "day", "a day such as 2026-12-24", "2026-12-24"
);
text_form!(
    /// An `http` or `https` URL without credentials.
    UrlText, "http-url", "a URL such as https://prometheus.example.net", "https://prometheus.example.net"
);
text_form!(
    /// A link for people.
    LinkText, "link", "a link such as https://grafana.example.net/d/checkout", "https://grafana.example.net"
);
text_form!(
    /// A proxy's URL without credentials, or `none`.
    ProxyText, "proxy", "a proxy such as http://proxy.example.net:3128, socks5h://… or none", "none"
);
text_form!(
    /// A path; relative ones are relative to the file that names them, `~/` is the home directory.
    PathText, "path", "a path", "catalog"
);
text_form!(
    /// A `PromQL` instant selector.
    SelectorText, "promql-selector", "a PromQL selector such as http_requests_total{code=~\"5..\"}", "up{job=\"shop\"}"
);
text_form!(
    /// A `PromQL` selector of a classic histogram without `_bucket`.
    HistogramText,
    "promql-histogram",
    "the selector of a histogram without _bucket, such as http_request_duration_seconds{route=\"/pay\"}",
    "http_request_duration_seconds"
);
text_form!(
    /// A `PromQL` instant query.
    QueryText, "promql", "a PromQL query that gives an instant vector", "up"
);
text_form!(
    /// A regular expression.
    RegexText, "regex", "a regular expression such as batch-.*", "batch-.*"
);
text_form!(
    /// A matcher of alerts.
    MatcherText, "matcher", "a matcher such as team=\"payments\", with =, !=, =~ or !~", "team=\"payments\""
);
text_form!(
    /// A label's name.
    LabelText, "label", "a label name: letters, digits and _, not beginning with a digit", "service"
);
text_form!(
    /// A header's name.
    HeaderText, "header", "a header name such as X-Scope-OrgID, and no header that holds a secret", "X-Scope-OrgID"
);
text_form!(
    /// What "version" means for an object.
    VersionText, "version-from", "image-tag, template-hash, label:NAME or annotation:NAME", "image-tag"
);
text_form!(
    /// An instant with its zone.
    InstantText, "instant", "a time with its zone such as 2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"
);
text_form!(
    /// The name of an environment.
    EnvironmentText, "environment", "the name of an environment under [environments]", "prod"
);
text_form!(
    /// A name that people type: letters, digits, `.`, `_` and `-`.
    NameText, "name", "a name of letters, digits, ., _ and -", "prom"
);
text_form!(
    /// The moment before which something must hold.
    DueText, "due", "start, a share of traffic such as 50%, done or rolled-back", "start"
);
text_form!(
    /// What a value must be.
    ConditionText, "condition", "a condition such as < 0.05, >= 3, == \"ready\" or exists", "< 0.05"
);
text_form!(
    /// A path, relative to the catalog, or an `http` or `https` URL without credentials.
    LocationText, "location", "a path relative to the catalog, or a URL", "https://ci.example.net/report.xml"
);
text_form!(
    /// An `http` or `https` URL without credentials, in which `${name}` stands for a parameter.
    UrlPattern, "url-pattern", "a URL such as https://flags.example.net/api/${flag}", "https://flags.example.net/api/${flag}"
);
text_form!(
    /// A header's name, of a header that may hold a secret.
    FieldName, "field-name", "a header name such as Idempotency-Key", "Idempotency-Key"
);
