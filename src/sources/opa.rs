//! An Open Policy Agent: the server that judges policies which are not in the catalog.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{connector::Context, http::Endpoint};
use crate::{
    config::schema::policy::Policy,
    domain::{
        policy::{Decision, input::SCHEMA},
        source::{ErrorKind, SourceError},
    },
};

/// The largest answer that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// So many releases are asked about at the same time.
const AT_ONCE: usize = 8;

/// A server that decides.
#[derive(Debug)]
pub struct Opa {
    endpoint: Endpoint,
}

/// What it answers: <https://www.openpolicyagent.org/docs/rest-api#get-a-document-with-input>. Without `result` the decision is
/// undefined.
#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
}

impl Opa {
    /// The server that `settings` name; `None` where they name none.
    ///
    /// # Errors
    /// When it cannot be talked to in that way.
    pub fn of(settings: &Policy, context: &Context) -> Result<Option<Self>, SourceError> {
        let Some(url) = &settings.opa else { return Ok(None) };
        let endpoint = Endpoint::limited(url, &settings.http, (settings.timeout, LARGEST), context)?;
        Ok(Some(Self { endpoint }))
    }

    /// Its URL without credentials, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        self.endpoint.shown()
    }

    /// What it decides about each of `inputs`, in their order. Whatever is no decision is a denial with the reason.
    pub async fn decide(&self, inputs: &[Value]) -> Vec<Decision> {
        let asked = inputs.iter().map(|input| async move {
            match self.ask(input).await {
                Ok(said) => Decision::read(said.as_ref()),
                Err(error) => Decision::unavailable(error.to_string()),
            }
        });
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    /// Whether it answers at all, with a decision about a release that is none. The decision itself says nothing.
    ///
    /// # Errors
    /// Why not.
    pub async fn reach(&self) -> Result<(), SourceError> {
        match self.ask(&json!({ "schema": SCHEMA })).await? {
            Some(_) => Ok(()),
            None => Err(SourceError::new(
                ErrorKind::NotFound,
                format!("{}: it decides nothing: the document is undefined", self.shown()),
            )
            .advise("is the URL that of the package, such as /v1/data/warroom/gate, and is the policy loaded?")),
        }
    }

    async fn ask(&self, input: &Value) -> Result<Option<Value>, SourceError> {
        let body = Bytes::from(json!({ "input": input }).to_string());
        let response = self.endpoint.post_json(body).await?.success(|response| {
            let said: Value = serde_json::from_slice(&response.body).ok()?;
            Some((ErrorKind::Status, said.get("message")?.as_str()?.to_owned()))
        })?;
        Ok(response.json::<Answer>()?.result)
    }
}
