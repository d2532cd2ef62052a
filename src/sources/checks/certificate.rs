//! The kind `certificate`: the certificate that an HTTPS server shows is trusted, has the right name, and stays valid.

use url::Url;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::{Checks, MAX_BODY, found::Found};
use crate::{
    config::schema::source::HttpOptions,
    domain::{
        source::{ErrorKind, SourceError},
        time::{Span, Timestamp},
    },
    sources::{connector::Context, http::Endpoint},
};

/// What the certificate `der` says, which must stay valid for `left` from `now` on.
#[must_use]
pub fn judge(der: &[u8], left: Span, now: Timestamp) -> Found {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Found::unknown("the server showed something that is no certificate");
    };
    let Some(end) = Timestamp::from_timestamp(certificate.validity().not_after.timestamp(), 0) else {
        return Found::unknown("the certificate ends at a time that no calendar knows");
    };
    let rest = Span::between(now, end);
    let words = format!("valid for {}, until {} (must be {left} at least)", rest.age(), end.format("%F %R UTC"));
    if end <= now {
        Found::fail(format!("expired at {}", end.format("%F %R UTC")))
    } else if rest < left {
        Found::fail(words)
    } else {
        Found::pass(words)
    }
}

impl Checks {
    pub(super) async fn certificate(
        &self,
        host: &str,
        port: u16,
        left: Span,
        timeout: Span,
    ) -> Result<Found, SourceError> {
        let host = if host.contains(':') { format!("[{}]", host.trim_matches(['[', ']'])) } else { host.to_owned() };
        let url = Url::parse(&format!("https://{host}:{port}/")).map_err(|error| {
            SourceError::new(ErrorKind::Configuration, format!("{host} is not a host's name: {error}"))
        })?;
        // A connection that is kept open would show the certificate of when it was opened.
        let context = Context::new(self.context.clock, self.context.use_environment_proxy);
        let endpoint = Endpoint::limited(&url, &HttpOptions::default(), (timeout, MAX_BODY), &context)?;
        let found = match endpoint.get_itself().await {
            Ok(answer) => match &answer.certificate {
                Some(der) => judge(der, left, self.context.clock.now()),
                None => Found::unknown("the server showed no certificate"),
            },
            // Expired, of another name, of an unknown authority: whoever calls it sees the same.
            Err(error) if error.kind == ErrorKind::Tls => Found::fail(error.what),
            Err(error) => return Err(error),
        };
        Ok(found.by(format!("{host}:{port}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::state::Finding;

    #[test]
    fn a_certificate_is_judged_by_what_is_left_of_it() {
        let mut params = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(2026, 12, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let judged = |now: &str| judge(certificate.der(), Span::from_days(14), now.parse().expect(now));
        let good = judged("2026-11-10T00:00:00Z");
        assert_eq!(good, Found::pass("valid for 21d, until 2026-12-01 00:00 UTC (must be 14d at least)"));
        assert_eq!(judged("2026-11-20T00:00:00Z").finding, Finding::Fail);
        assert_eq!(judged("2026-12-01T00:00:00Z"), Found::fail("expired at 2026-12-01 00:00 UTC"));
        let cut = certificate.der().get(..40).expect("bytes");
        assert_eq!(judge(cut, Span::ZERO, "2026-11-10T00:00:00Z".parse().expect("time")).finding, Finding::Unknown);
    }
}
