//! Answers.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

fn with(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// JSON.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    with(status, "application/json", value.to_string())
}

/// Plain text.
pub(super) fn text(status: StatusCode, text: &'static str) -> Response {
    with(status, "text/plain; charset=utf-8", text)
}

/// A web page.
pub(super) fn html(text: &'static str) -> Response {
    with(StatusCode::OK, "text/html; charset=utf-8", text)
}

/// Lines of JSON without an end.
pub(super) fn stream(body: Body) -> Response {
    with(StatusCode::OK, "application/json", body)
}
