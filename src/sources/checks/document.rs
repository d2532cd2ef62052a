//! A report or document, from a file or a server, as text.

use std::path::Path;

use tokio::io::AsyncReadExt as _;

use super::{Checks, MAX_BODY};
use crate::{
    config::schema::source::HttpOptions,
    domain::{
        checklist::check::Location,
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::http::{Endpoint, Response},
};

impl Checks {
    /// The text at `location`.
    ///
    /// # Errors
    /// Whatever keeps a whole text from arriving.
    pub(super) async fn document(&self, location: &Location, timeout: Span) -> Result<String, SourceError> {
        match location {
            Location::File(path) => file(&self.directory.join(path)).await,
            Location::Url(url) => {
                let endpoint = Endpoint::limited(url, &HttpOptions::default(), (timeout, MAX_BODY), &self.context)?;
                let answer = endpoint.get_itself().await?.success(|_| None)?;
                text(&answer)
            }
        }
    }
}

/// The body as text.
pub(super) fn text(answer: &Response) -> Result<String, SourceError> {
    std::str::from_utf8(&answer.body).map(str::to_owned).map_err(|error| {
        let what = format!("{}: not UTF-8 from byte {} on", answer.target, error.valid_up_to());
        SourceError::new(ErrorKind::Decode, what)
    })
}

async fn file(path: &Path) -> Result<String, SourceError> {
    let shown = path.display();
    let wrong = |kind: ErrorKind, what: String| SourceError::new(kind, format!("{shown}: {what}"));
    let unreadable = |error: std::io::Error| wrong(ErrorKind::NotFound, format!("cannot be read: {error}"));
    // Opening a pipe would wait for whoever writes into it.
    let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(wrong(ErrorKind::NotFound, "not a file".to_owned()));
    }
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_BODY + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(wrong(ErrorKind::TooLarge, format!("larger than the limit of {MAX_BODY} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        wrong(ErrorKind::Decode, format!("not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
    })
}
